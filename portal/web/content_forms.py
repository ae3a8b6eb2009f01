"""Forms for published content, used by admins for everything and by mentors for what is theirs."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import URL, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain.content import Content, read_authors
from portal.queries.editing import Choices
from portal.web.typed_text import trimmed


def _needed(words: str) -> InputRequired:
    return InputRequired(f"Enter {words}")


class _Ticks(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ContentForm(FlaskForm):
    """`version` is what the form was made from; `values` is what a save takes."""

    version = HiddenField(default="0")

    def values(self) -> dict[str, Any]:
        return {f.name: f.data for f in self if f.name not in ("version", "csrf_token")}

    def without(self, *names: str) -> "ContentForm":
        """The form without fields that this editor may not change."""
        for name in names:
            if name in self:
                del self[name]
        return self

    def offer(self, choices: Choices) -> None:
        for name in ("topics", "mentors", "papers"):
            if name in self:
                self[name].choices = [
                    SelectChoice(number, words) for number, words in getattr(choices, name)
                ]


class TopicForm(ContentForm):
    name = StringField("Name", [_needed("a name"), Length(max=120)], [trimmed])
    description = TextAreaField("Description", [Length(max=2000)], [trimmed])


class MentorForm(ContentForm):
    name = StringField("Name", [_needed("a name"), Length(max=200)], [trimmed])
    organisation = StringField("Organisation", [Length(max=200)], [trimmed])
    position = StringField("Position", [Length(max=200)], [trimmed])
    city = StringField("City", [Length(max=100)], [trimmed])
    area = StringField("Research area", [Length(max=200)], [trimmed])
    bio = TextAreaField("About", [Length(max=5000)], [trimmed])
    source = TextAreaField(
        "Source", [Length(max=2000)], [trimmed], description="Where this is documented."
    )


class PaperForm(ContentForm):
    title = StringField("Title", [_needed("a title"), Length(max=300)], [trimmed])
    summary = TextAreaField(
        "Summary",
        [_needed("a summary"), Length(max=5000)],
        [trimmed],
        description="In your own words; abstracts are not copied here.",
    )
    authors = TextAreaField(
        "Authors",
        [_needed("at least one author")],
        description="One a line, in printed order. A star after the name marks a fellow: Ada Example *",
    )
    date = DateField("Date", [_needed("a date such as 2025-02-24")])
    url = StringField(
        "Link", [Optional(), URL(message="Enter a full address"), Length(max=500)], [trimmed]
    )
    url_source = TextAreaField("Where the link was found", [Length(max=2000)], [trimmed])
    featured = BooleanField("Featured")
    topics = _Ticks("Topics", coerce=int)

    def validate_authors(self, field: Field) -> None:
        names = [line.name for line in read_authors(field.data or "")]
        if len(set(names)) < len(names):
            raise ValidationError("Name each author once")
        if any(len(name) > 200 for name in names):
            raise ValidationError("A name may be up to 200 characters long")


class DirectionForm(ContentForm):
    title = StringField("Title", [_needed("a title"), Length(max=200)], [trimmed])
    summary = TextAreaField(
        "In one sentence", [_needed("one sentence"), Length(max=500)], [trimmed]
    )
    body = TextAreaField(
        "Text",
        [_needed("the text"), Length(max=20000)],
        [trimmed],
        description="Markdown: paragraphs, lists, links, emphasis.",
    )
    topics = _Ticks("Topics", coerce=int)
    papers = _Ticks("Papers that illustrate it", coerce=int)
    mentors = _Ticks("Mentors", coerce=int)
    source = TextAreaField("Source", [Length(max=2000)], [trimmed])
    position = IntegerField("Place in lists", [NumberRange(0, 10000)], default=100)


class AnswerForm(ContentForm):
    question = StringField("Question", [_needed("a question"), Length(max=300)], [trimmed])
    answer = TextAreaField(
        "Answer",
        [_needed("an answer"), Length(max=20000)],
        [trimmed],
        description=(
            "Markdown. {{ round.name }}, {{ round.opens_at }}, {{ round.closes_at }} and "
            "{{ round.release_at }} are filled in from the current round."
        ),
    )
    audience = SelectField(
        "For",
        choices=[
            SelectChoice("everyone", "Everyone"),
            SelectChoice("applicants", "Applicants"),
            SelectChoice("mentors", "Mentors"),
        ],
    )
    position = IntegerField("Place in the list", [NumberRange(0, 10000)], default=100)


# What a mentor does not change on what is theirs: names that pages link by, who offers it, where it stands.
NOT_FOR_OWNERS = {
    Content.MENTOR: ("name", "source"),
    Content.DIRECTION: ("mentors", "source", "position"),
}

FORMS: Mapping[Content, type[ContentForm]] = {
    Content.TOPIC: TopicForm,
    Content.MENTOR: MentorForm,
    Content.PAPER: PaperForm,
    Content.DIRECTION: DirectionForm,
    Content.ANSWER: AnswerForm,
}

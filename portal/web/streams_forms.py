"""Forms of a stream's words and questions; admins and the leads of streams share them."""

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from portal.domain.questions import (
    FEWEST_OPTIONS,
    MOST_OPTIONS,
    WITH_OPTIONS,
    WITH_WORDS,
    Kind,
    options_in,
    problem_of_options,
)
from portal.services.questions import Wording
from portal.services.streams import StreamText
from portal.web.options import options
from portal.web.typed_text import trimmed

KINDS = {
    Kind.LONG_TEXT: "Long text",
    Kind.SHORT_TEXT: "One line",
    Kind.CHOICE: "One choice",
    Kind.CHOICES: "Several choices",
    Kind.YES_NO: "Yes or no",
    Kind.NUMBER: "Number",
    Kind.DATE: "Date",
    Kind.LINK: "Link",
    Kind.FILE: "File (PDF)",
}


class StreamTextForm(FlaskForm):
    version = HiddenField()
    name = StringField(
        "Name",
        [DataRequired("Give the stream a name"), Length(max=200, message="At most 200 characters")],
        filters=[trimmed],
    )
    text = TextAreaField(
        "Text",
        filters=[trimmed],
        description="Whom you look for and what the work is like. Markdown.",
    )
    steps = TextAreaField(
        "Steps of the selection",
        filters=[trimmed],
        description="What happens between the deadline and the decision. Markdown.",
    )

    def words(self) -> StreamText:
        return StreamText(self.name.data, self.text.data, self.steps.data)


class QuestionForm(FlaskForm):
    seen = HiddenField()
    prompt = TextAreaField("Question", [DataRequired("Write the question")], filters=[trimmed])
    help = TextAreaField(
        "Help", filters=[trimmed], description="A sentence on what a good answer holds."
    )
    kind = SelectField(
        "Kind of answer", choices=options((kind.value, label) for kind, label in KINDS.items())
    )
    options = TextAreaField(
        "Answers to choose from",
        description=f"For one or several choices: {FEWEST_OPTIONS} to {MOST_OPTIONS}, one on a line.",
    )
    required = BooleanField("An answer is needed to submit", default=True)
    word_limit = IntegerField(
        "Word limit",
        [Optional(), NumberRange(1, 5000, message="Between 1 and 5,000 words")],
        description="For texts; long ones need one. Words over it are counted and told, never cut.",
    )
    minutes = IntegerField(
        "Minutes an answer takes",
        [
            InputRequired("Estimate the minutes honestly"),
            NumberRange(1, 600, message="Between 1 and 600 minutes"),
        ],
        description="An honest estimate: applicants plan by it.",
    )

    def validate_options(self, field: TextAreaField) -> None:
        if self.kind.data not in KINDS:
            return  # told at that field
        problem = problem_of_options(Kind(self.kind.data), options_in(field.data or ""))
        if problem:
            raise ValidationError(problem)

    def wording(self) -> Wording:
        """What the form asks for, without what its kind has no use for."""
        kind = Kind(self.kind.data)
        return Wording(
            self.prompt.data,
            kind,
            self.help.data,
            self.required.data,
            self.word_limit.data if kind in WITH_WORDS else None,
            self.minutes.data,
            options_in(self.options.data or "") if kind in WITH_OPTIONS else (),
        )

"""Forms of the round pages."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.instant_fields import InstantForm, InstantsMixin
from portal.web.typed_text import trimmed


class DetailsForm(FlaskForm):
    version = HiddenField()
    name = StringField(
        "Name",
        [DataRequired("Give the round a name"), Length(max=120, message="At most 120 characters")],
        filters=[trimmed],
        description="Such as “Summer 2027”. It stands on every page of the round.",
    )
    summary = TextAreaField(
        "Summary", filters=[trimmed], description="Two sentences for the home page. Markdown."
    )
    place = StringField("Place", [Length(max=200)], filters=[trimmed])
    max_choices = IntegerField(
        "Directions one applicant can choose",
        [
            InputRequired("Say how many directions one may choose"),
            NumberRange(1, 50, message="Between 1 and 50"),
        ],
        default=8,
    )
    grace_seconds = IntegerField(
        "Grace after a deadline, in seconds",
        [
            InputRequired("Give the grace in seconds, 0 for none"),
            NumberRange(0, 3600, message="Between 0 and 3600 seconds"),
        ],
        default=120,
        description="For requests already under way. It is recorded, and never advertised.",
    )


class EditDetailsForm(DetailsForm):
    """A new round copies the last one's answers to these; they are set when it is edited."""

    max_referees = IntegerField(
        "References one applicant can ask for",
        [
            InputRequired("Say how many references one may ask for, 0 for none"),
            NumberRange(0, 5, message="Between 0 and 5"),
        ],
        default=0,
        description="Up to so many: no application needs one. They are due at an instant on the dates page.",
    )
    references_shown = BooleanField(
        "Applicants can read the references written for them",
        description="Referees are told when they are asked, and that promise stays with each of them.",
    )
    anonymised = BooleanField(
        "The review is anonymised",
        description="Until the release readers see no names, addresses, affiliations, links, files or references, and"
        " known names are masked in the texts. Admins see all. It can be changed until the round opens.",
    )


class NewRoundForm(InstantsMixin, DetailsForm):
    source = SelectField("Copy from", choices=[], validate_choice=False)
    members = BooleanField(
        "Give the members of its streams the same roles in the new round", default=True
    )
    opens_at = FormField(InstantForm, "New opening")


class DatesForm(InstantsMixin, FlaskForm):
    version = HiddenField()
    opens_at = FormField(InstantForm, "Opens")
    closes_at = FormField(InstantForm, "Closes")
    release_at = FormField(InstantForm, "Release of decisions")
    references_due_at = FormField(InstantForm, "References are due")
    reason = StringField("Why", [DataRequired("Say why these dates are set")], filters=[trimmed])


class ReasonForm(FlaskForm):
    reason = StringField("Why", [DataRequired("Say why, in one sentence")], filters=[trimmed])


class PublishForm(InstantsMixin, ReasonForm):
    at = FormField(InstantForm, "Announce at")


class ExtendForm(InstantsMixin, FlaskForm):
    closes_at = FormField(InstantForm, "New deadline")
    streams = SelectMultipleField(
        "Streams with a deadline of their own",
        coerce=int,
        choices=[],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
        description="Only those ticked move to the new deadline; the others keep theirs.",
    )
    reason = StringField(
        "Why",
        [DataRequired("Say why, in one sentence")],
        filters=[trimmed],
        description="Applicants read it in the mail.",
    )
    tell = BooleanField("Tell everybody who has a draft or a submitted application by mail")


class KeyDateForm(InstantsMixin, FlaskForm):
    seen = HiddenField()
    label = StringField(
        "What happens", [DataRequired("Say what happens then"), Length(max=200)], filters=[trimmed]
    )
    at = FormField(InstantForm, "When")
    note = TextAreaField("Note", filters=[trimmed])


class CriterionForm(FlaskForm):
    seen = HiddenField()
    label = StringField(
        "Criterion", [DataRequired("Name the criterion"), Length(max=120)], filters=[trimmed]
    )
    help = TextAreaField(
        "What it means", filters=[trimmed], description="What a 1 and what a 5 would look like."
    )
    position = IntegerField("Place in the list", [Optional()], default=0)


class ExtensionForm(InstantsMixin, FlaskForm):
    email = StringField(
        "Address of the applicant's account",
        [DataRequired("Give the address of the account")],
        filters=[trimmed],
        description="They need an account. An application is not needed.",
    )
    stream = SelectField("For", coerce=int, choices=[])
    closes_at = FormField(InstantForm, "Until")
    reason = StringField(
        "Why",
        [DataRequired("Say why, in one sentence")],
        filters=[trimmed],
        description="It stands in the audit log, not in the mail.",
    )


class GrantForm(InstantsMixin, FlaskForm):
    """The answer to one request; several stand on a page, so that `suffix` tells their fields' ids apart."""

    closes_at = FormField(InstantForm, "Until")

    def __init__(self, *args: Any, suffix: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in self.closes_at.form:
            part.id += suffix
            part.label.field_id = part.id


class DeclineForm(FlaskForm):
    reason = StringField("Why", [DataRequired("Say why, in one sentence")], filters=[trimmed])

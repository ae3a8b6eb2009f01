"""Forms of the parts of a stream that only admins edit."""

from flask_wtf import FlaskForm
from wtforms import (
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from portal.web.instant_fields import InstantForm, InstantsMixin
from portal.web.streams_forms import StreamTextForm
from portal.web.typed_text import trimmed


def _places() -> IntegerField:
    return IntegerField(
        "Places",
        [
            InputRequired("Say how many people it can take"),
            NumberRange(0, 10_000, message="0 or more"),
        ],
    )


class NewStreamForm(StreamTextForm):
    places = _places()


class LimitsForm(InstantsMixin, FlaskForm):
    version = HiddenField()
    places = _places()
    closes_at = FormField(InstantForm, "Own deadline")
    reason = StringField("Why", filters=[trimmed], description="Needed when the deadline moves.")


class MentorsForm(FlaskForm):
    mentors = SelectMultipleField(
        "Mentors", coerce=int, choices=[], widget=ListWidget(), option_widget=CheckboxInput()
    )
    primary = SelectField("Primary mentor", coerce=int, choices=[], validate_choice=False)


class OfferingsForm(FlaskForm):
    directions = SelectMultipleField(
        "Directions", coerce=int, choices=[], widget=ListWidget(), option_widget=CheckboxInput()
    )

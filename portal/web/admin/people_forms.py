"""Forms about other people's accounts and invitations."""

from email_validator import EmailNotValidError, validate_email
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, Form, RadioField, SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from portal.domain.permissions import StreamRole
from portal.services.invitations import Offered
from portal.web.typed_text import trimmed

ADMIN = "admin"
ROLES = (
    SelectChoice(StreamRole.LEAD.value, "Lead a stream"),
    SelectChoice(StreamRole.CO.value, "Lead a stream together with others"),
    SelectChoice(StreamRole.READER.value, "Read and score a stream's applications"),
    SelectChoice(ADMIN, "Be an admin of the whole portal"),
)
NONE = SelectChoice("", "None")


def valid_address(_form: Form, field: Field) -> None:
    try:
        field.data = validate_email(field.data or "", check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValidationError(
            "Enter an e-mail address in the usual form, such as name@example.org."
        ) from error


class InvitationForm(FlaskForm):
    email = EmailField(
        "E-mail address",
        description="The person needs an account with this address, and can make it then.",
        validators=[InputRequired("Enter the person's e-mail address."), valid_address],
    )
    role = RadioField(
        "What are they to do?",
        choices=list(ROLES),
        validators=[InputRequired("Choose what the person is to do.")],
    )
    stream = SelectField("Stream", default="", description="Not needed for an admin.")
    mentor = SelectField(
        "Profile",
        default="",
        description="The mentor's profile that the person may edit from then on.",
    )

    def offer(self, streams: list[tuple[int, str]], profiles: list[tuple[int, str]]) -> None:
        """Set what can be chosen: pairs of id and name."""
        self.stream.choices = [NONE, *(SelectChoice(str(key), name) for key, name in streams)]
        self.mentor.choices = [NONE, *(SelectChoice(str(key), name) for key, name in profiles)]

    def validate_stream(self, field: Field) -> None:
        if self.role.data not in (None, ADMIN) and not field.data:
            raise ValidationError("Choose the stream.")

    def offered(self) -> Offered:
        """What the form says to give. An admin gets no stream; a profile goes with a stream only."""
        if self.role.data == ADMIN:
            return Offered(is_admin=True)
        return Offered(
            stream_id=int(self.stream.data),
            role=StreamRole(self.role.data),
            mentor_id=int(self.mentor.data) if self.mentor.data else None,
        )


class FactorResetForm(FlaskForm):
    reason = StringField(
        "Why, and how did you make sure?",
        description="Kept in the audit log, and shown to the admin who is to agree.",
        filters=[trimmed],
        validators=[
            DataRequired("Say what happened, and how you know that it is this person."),
            Length(max=500, message="Use at most 500 characters."),
        ],
    )


class SeeingForm(FlaskForm):
    reason = StringField(
        "Why?",
        description="Kept in the audit log.",
        filters=[trimmed],
        validators=[
            DataRequired("Say why you need to see their pages, for whoever reads the log."),
            Length(max=500, message="Use at most 500 characters."),
        ],
    )


class DisableForm(FlaskForm):
    reason = StringField(
        "Why?",
        description="Kept in the audit log. The person is not told.",
        validators=[
            InputRequired("Say why, for whoever reads the log."),
            Length(max=500, message="Use at most 500 characters."),
        ],
    )

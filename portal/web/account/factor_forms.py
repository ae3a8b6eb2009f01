"""Forms about second factors and passkeys."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from portal.domain.second_factor import NAME_MOST, tidy_code, tidy_recovery_code
from portal.web.account.forms import one_line, own_password_field

WRONG_CODE = "This code does not work. Wait for the next one that the app shows, and enter that."
WRONG_RECOVERY_CODE = (
    "This recovery code does not work. Each works once; check it, or take another."
)


class ReturningForm(FlaskForm):
    """`next` is where somebody was going; the view judges it."""

    next = HiddenField()


def code_field() -> StringField:
    return StringField(
        "Code",
        description="The six digits that your authenticator app shows for this portal now.",
        validators=[InputRequired("Enter the six digits that the app shows.")],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class CodeForm(ReturningForm):
    code = code_field()

    def validate_code(self, field: Any) -> None:
        if field.data and not tidy_code(field.data):
            raise ValidationError("Enter six digits.")


class RecoveryForm(ReturningForm):
    code = StringField(
        "Recovery code",
        description="One of those that you kept when you set your second factor up. Each works once.",
        validators=[InputRequired("Enter one of your recovery codes.")],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )

    def validate_code(self, field: Any) -> None:
        if field.data and not tidy_recovery_code(field.data):
            raise ValidationError(
                "A recovery code has seven groups of four letters and digits; an older one has four."
            )


class AuthenticatorForm(CodeForm):
    """`setup_ticket` carries the new secret, encrypted and signed."""

    setup_ticket = HiddenField()


class FirstAuthenticatorForm(AuthenticatorForm):
    """The same where there is no factor yet: the password is the strongest proof there is."""

    password = own_password_field()


class NameForm(FlaskForm):
    name = StringField(
        "Name",
        description="For you, to tell your passkeys apart, such as “Phone” or “Key on my keyring”.",
        filters=[one_line],
        validators=[
            InputRequired("Give the passkey a name."),
            Length(max=NAME_MOST, message=f"Use at most {NAME_MOST} characters."),
        ],
        render_kw={"autocomplete": "off"},
    )


class PasskeyForm(NameForm):
    """`passkey_answer` is what the browser made, `passkey_ticket` what it was asked."""

    next = HiddenField()
    passkey_answer = HiddenField()
    passkey_ticket = HiddenField()


class FirstPasskeyForm(PasskeyForm):
    password = own_password_field()

"""Forms about accounts: the library's, with our fields and words, and our own."""

from typing import Any

from flask_login import current_user
from flask_security import forms as library
from flask_security.change_email import ChangeEmailForm
from flask_security.proxies import _security
from flask_security.utils import hash_password, verify_password
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.domain.accounts import PASSWORD_LEAST, time_zones
from portal.web.account.throttle import counted, own_password_tries, throttle
from portal.web.redirects import is_own_page

NEW_PASSWORD_HINT = (
    f"At least {PASSWORD_LEAST} characters. Any letters, signs and spaces will do; "
    "three or four words are good."
)
NAME = {"autocomplete": "name"}


def one_line(text: str | None) -> str:
    """One line of what can be printed, without spaces at its ends."""
    shown = (letter if letter.isprintable() else " " for letter in text or "")
    return " ".join("".join(shown).split())


def name_field() -> StringField:
    return StringField(
        "Your name",
        description="As you would like to be addressed.",
        filters=[one_line],
        validators=[
            InputRequired("Enter your name."),
            Length(max=200, message="Use at most 200 characters for your name."),
        ],
        render_kw=NAME,
    )


def zone_field() -> SelectField:
    return SelectField(
        "Your time zone",
        description="Deadlines are shown in this zone, beside UTC and anywhere-on-earth.",
        choices=[SelectChoice(zone, zone.replace("_", " ")) for zone in time_zones()],
        default="UTC",
        render_kw={"autocomplete": "off", "data-guess-zone": ""},
    )


def _without_ends(text: str | None) -> str | None:
    """Keyboards that complete an address put a space after it."""
    return text.strip() if isinstance(text, str) else text


def email_field(label: str = "E-mail address", *validators: Any) -> EmailField:
    return EmailField(
        label,
        filters=[_without_ends],
        render_kw={"autocomplete": "email"},
        validators=[library.IsString(), library.email_required, *validators],
    )


class SignInForm(library.LoginForm):
    email = email_field("E-mail address", library.EmailValidation(verify=False))
    password = PasswordField(
        "Password",
        description="",
        render_kw={"autocomplete": "current-password"},
        validators=[library.IsString(), library.password_required],
    )
    remember = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.description = ""
        if not is_own_page(self.next.data):
            self.next.data = ""

    def validate_next(self, field: Any) -> None:
        """An address elsewhere is dropped without a word; signing in goes on."""
        if not is_own_page(field.data):
            field.data = ""


class RegistrationForm(library.RegisterFormV2):
    """Only these fields reach the account; rights never come from a form."""

    name = name_field()
    email = email_field(
        "E-mail address", library.EmailValidation(verify=True), library.unique_user_email
    )
    password = PasswordField(
        "Password",
        description=NEW_PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
        validators=[library.IsString(), library.password_required],
    )
    time_zone = zone_field()
    of_age = BooleanField(
        "I will be 18 or over when the programme starts",
        validators=[
            InputRequired("The programme takes people of 18 and over. Tick this to go on.")
        ],
    )
    consent = BooleanField(
        "I agree that the programme keeps and reads what I enter, as the privacy page says",
        validators=[InputRequired("We cannot keep an account without your agreement.")],
    )

    def validate_next(self, field: Any) -> None:
        if not is_own_page(field.data):
            field.data = ""

    def to_dict(self, only_user: bool) -> dict[str, Any]:
        fields = ("name", "email", "password", "time_zone")
        return {field: self[field].data for field in fields}


class ForgottenForm(library.ForgotPasswordForm):
    """Also for accounts that are not confirmed: following the link proves the address as well."""

    email = email_field(
        "E-mail address", library.EmailValidation(verify=True), library.valid_user_email
    )

    def validate(self, **kwargs: Any) -> bool:
        if not library.Form.validate(self, **kwargs):
            return False
        if self.user is None or not self.user.is_active:
            self.email.errors = [*self.email.errors, "No e-mail can be sent."]
            return False
        hash_password(
            "not-a-password"
        )  # the library does this for unknown addresses: same time for all
        return True


class ResendForm(library.SendConfirmationForm):
    email = email_field(
        "E-mail address", library.EmailValidation(verify=True), library.valid_user_email
    )


class NewPasswordForm(library.ResetPasswordForm):
    password = PasswordField(
        "New password",
        description=NEW_PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
        validators=[library.IsString(), library.password_required],
    )
    password_confirm = None


def check_own_password(_form: Any, field: Any) -> None:
    """The person in front of the screen is the person whose account it is. Wrong guesses are counted."""
    tries = own_password_tries()
    typed = _security.password_util.normalize(field.data or "")
    with counted(*tries):
        if not current_user.password or not verify_password(typed, current_user.password):
            raise ValidationError("This is not your current password.")
    throttle().forgive(*tries)


def own_password_field() -> PasswordField:
    return PasswordField(
        "Current password",
        render_kw={"autocomplete": "current-password"},
        validators=[InputRequired("Enter your current password."), check_own_password],
    )


class ChangePasswordForm(library.ChangePasswordForm):
    password = own_password_field()
    new_password = PasswordField(
        "New password",
        description=NEW_PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
        validators=[library.IsString(), library.password_required],
    )
    new_password_confirm = None


class ChangeAddressForm(ChangeEmailForm):
    email = email_field(
        "New e-mail address", library.EmailValidation(verify=True), library.unique_user_email
    )
    password = own_password_field()


class DetailsForm(FlaskForm):
    name = name_field()
    time_zone = zone_field()


class ClosingForm(FlaskForm):
    password = own_password_field()

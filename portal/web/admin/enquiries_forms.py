"""Forms of answering questions and of announcements."""

from flask_wtf import FlaskForm
from wtforms import FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.instant_fields import InstantForm, InstantsMixin


def _text(value: str | None) -> str:
    return (value or "").strip()


class AnswerForm(FlaskForm):
    seen = HiddenField()
    text = TextAreaField("Answer", [DataRequired("Write an answer")], filters=[_text])


class AnnouncementForm(InstantsMixin, FlaskForm):
    seen = HiddenField()
    round = SelectField("Round", coerce=int, choices=[])
    title = StringField(
        "Title",
        [DataRequired("Give it a title"), Length(max=200, message="At most 200 characters")],
        filters=[_text],
    )
    body = TextAreaField(
        "Text", [DataRequired("Write the text")], filters=[_text], description="Markdown."
    )
    published_at = FormField(InstantForm, "Show from")

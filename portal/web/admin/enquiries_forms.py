"""Forms of answering questions and of announcements."""

from flask_wtf import FlaskForm
from wtforms import FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.instant_fields import InstantForm, InstantsMixin
from portal.web.typed_text import trimmed


class AnswerForm(FlaskForm):
    seen = HiddenField()
    text = TextAreaField("Answer", [DataRequired("Write an answer")], filters=[trimmed])


class AnnouncementForm(InstantsMixin, FlaskForm):
    seen = HiddenField()
    round = SelectField("Round", coerce=int, choices=[])
    title = StringField(
        "Title",
        [DataRequired("Give it a title"), Length(max=200, message="At most 200 characters")],
        filters=[trimmed],
    )
    body = TextAreaField(
        "Text", [DataRequired("Write the text")], filters=[trimmed], description="Markdown."
    )
    published_at = FormField(InstantForm, "Show from")

"""The form of a stream's task; admins and the leads of streams share it."""

from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from portal.domain.work_tests import HandIn
from portal.services.work_test_editing import Task
from portal.web.instant_fields import InstantForm, InstantsMixin
from portal.web.options import options
from portal.web.typed_text import trimmed

HAND_INS = {HandIn.TEXT: "Text", HandIn.LINK: "Link", HandIn.FILE: "File (PDF)"}


class WorkTestForm(InstantsMixin, FlaskForm):
    seen = HiddenField()
    title = StringField(
        "Title",
        [DataRequired("Give the task a title"), Length(max=200, message="At most 200 characters")],
        filters=[trimmed],
        description="Everybody reads it before they apply, so it should tell nothing of a timed task.",
    )
    brief = TextAreaField(
        "What it asks",
        [DataRequired("Write what the task asks")],
        filters=[trimmed],
        description="Only those who chose the stream read it; of a timed task, only once their clock runs. Markdown.",
    )
    hand_in = SelectField(
        "What is handed in",
        choices=options((kind.value, label) for kind, label in HAND_INS.items()),
    )
    required = BooleanField(
        "It is needed",
        default=True,
        description="If it is due no later than the stream closes, it must be handed in before the application.",
    )
    hours = IntegerField(
        "At most so many hours",
        [Optional(), NumberRange(1, 80, message="Between 1 and 80 hours")],
        description="For a task without a clock. An honest cap: applicants plan by it.",
    )
    minutes = IntegerField(
        "Minutes on a clock",
        [Optional(), NumberRange(5, 1440, message="Between 5 and 1,440 minutes")],
        description="Makes it a timed task: the clock counts from each applicant's own start.",
    )
    due_at = FormField(InstantForm, "Due")

    def task(self, before: datetime | None = None) -> Task:
        return Task(
            self.title.data,
            self.brief.data,
            HandIn(self.hand_in.data),
            self.required.data,
            self.hours.data,
            self.minutes.data,
            self.instant_of("due_at", before),
        )

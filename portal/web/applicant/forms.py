"""The applicant's forms, made from the fields of a section. Drafts take any text: nothing is validated here."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from portal.domain.questions import Field, Gap, Kind, chosen
from portal.domain.saving import Origin
from portal.web.applicant.uploads import FileAnswer

YES_NO = (("yes", "Yes"), ("no", "No"))


class SectionForm(FlaskForm):
    """Carries the version that the page was made from, where the person came from, and whose page it is.

    `page` and `turn` name the page and count its saves, `asked` are the versions of the questions on it
    (`domain.saving`); `writer` is the account it was made for.
    """

    version = HiddenField(default="0")
    came_from = HiddenField(default="")
    page = HiddenField(default="")
    turn = HiddenField(default="0")
    asked = HiddenField(default="")
    writer = HiddenField(default="")


class SubmitForm(FlaskForm):
    key = HiddenField()


class SentLateForm(SubmitForm):
    """Submits what the page showed as sent at that instant, and nothing else."""

    as_sent_at = HiddenField()


class ExtensionForm(FlaskForm):
    draft = HiddenField()
    reason = TextAreaField(
        "Why do you need a later deadline?",
        description="Say what happened and until when you need. The people who decide read only this.",
    )


class EnquiryForm(FlaskForm):
    text = TextAreaField(
        "Your question",
        description="The programme answers here and by mail. Mentors do not see questions or answers.",
    )


class Boxes(SelectMultipleField):
    """Several choices, filled from an answer as it is kept: the chosen options on a line each."""

    widget = ListWidget()
    option_widget = CheckboxInput()

    def process_data(self, value: str | None) -> None:
        self.data = chosen(value or "")


def section_form(fields: Sequence[Field], **arguments: Any) -> FlaskForm:
    """A form with one control for each field, filled from the request or from `arguments`."""
    controls = {field.name: _control(field) for field in fields}
    form = type("SectionForm", (SectionForm,), controls)(**arguments)
    for field in fields:
        _keep_choice(form[field.name])
    return form


def _keep_choice(control: Any) -> None:
    """An answer that is not offered any more stays on its page, marked, until somebody takes it away."""
    if not isinstance(control, RadioField | Boxes):
        return
    offered = {choice.value for choice in control.choices}
    given = control.data if isinstance(control, Boxes) else [control.data or ""]
    control.choices += [
        SelectChoice(value, f"{value} (not offered any more)")
        for value in given
        if value and value not in offered
    ]


def _control(field: Field) -> Any:
    common: dict[str, Any] = {"label": field.label, "description": field.hint}
    match field.kind:
        case Kind.LONG_TEXT:
            return TextAreaField(**common)
        case Kind.YES_NO:
            return _radios(common, YES_NO)
        case Kind.CHOICE if field.choices:
            return _radios(common, field.choices)
        case Kind.CHOICES:
            return Boxes(**common, choices=_choices(field.choices), validate_choice=False)
        case Kind.LINK:
            return URLField(**common)
        case Kind.NUMBER:
            return StringField(**common, render_kw={"inputmode": "decimal"})
        case Kind.DATE:
            return StringField(**common, widget=DateInput())
        case Kind.FILE:
            return FileAnswer(**common)
    return StringField(**common)


def _radios(common: dict[str, Any], options: Iterable[tuple[str, str]]) -> RadioField:
    return RadioField(**common, choices=_choices(options), validate_choice=False)


def _choices(options: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in options]


def begin_page(form: FlaskForm, writer: int, fields: Iterable[Field] = ()) -> None:
    """Give a form that is about to be shown a name of its own: its saves are counted from here."""
    form.asked.data = " ".join(f"{field.name}.{field.version}" for field in fields)
    form.page.data = secrets.token_urlsafe(12)
    form.turn.data = "0"
    form.writer.data = str(writer)


def origin(form: FlaskForm, *, by_itself: bool = False) -> Origin:
    """Where a save comes from, as its form says."""
    pairs = (part.rpartition(".") for part in (form.asked.data or "").split())
    asked = {name: number for name, _, text in pairs if (number := whole_number(text))}
    return Origin(form.page.data or "", whole_number(form.turn.data), by_itself, asked)


def given(form: FlaskForm, fields: Iterable[Field]) -> dict[str, str]:
    """What was typed, by field; of several choices each on a line."""
    typed = {field.name: form[field.name].data or "" for field in fields}
    return {n: data if isinstance(data, str) else "\n".join(data) for n, data in typed.items()}


def show_problems(form: FlaskForm, problems: Iterable[Gap]) -> None:
    """Put each problem at its field, in the same words as everywhere else."""
    for gap in problems:
        if gap.field in form:
            form[gap.field].errors = [gap.problem]


def whole_number(text: str | None, default: int = 0) -> int:
    """A hidden number of a form; `default` where a page was tampered with or broken."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else default


def spoken(fields: Iterable[Field], answers: Mapping[str, str]) -> dict[str, str]:
    """Answers as people read them: the label of a choice instead of its value."""
    words = {}
    for field in fields:
        text = answers.get(field.name, "")
        options = dict(YES_NO if field.kind is Kind.YES_NO else field.choices)
        words[field.name] = options.get(text, text)
    return words

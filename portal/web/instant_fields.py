"""A date, a time and a zone as form fields, made into one instant in UTC; and instants written back into them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from wtforms import DateField, Form, FormField, RadioField, SelectField, TimeField
from wtforms.validators import Optional

from portal.domain.civil_time import (
    AOE,
    CivilTimeError,
    HappensTwice,
    Local,
    Turn,
    to_local,
    to_utc,
)
from portal.web.guard import person_shown
from portal.web.options import options

TURNS = [
    (Turn.FIRST.value, "The first, before the clocks go back"),
    (Turn.SECOND.value, "The second, after the clocks went back"),
]


class InstantForm(Form):
    """Use as `FormField(InstantForm)` in an `InstantsMixin` form; `instant` holds the answer after validation."""

    day = DateField("Date", validators=[Optional()])
    clock = TimeField("Time", format=["%H:%M", "%H:%M:%S"], validators=[Optional()])
    zone = SelectField("Time zone", validate_choice=False)
    turn = RadioField("Which of the two?", choices=options(TURNS), validators=[Optional()])

    instant: datetime | None = None
    ambiguous = False
    what = "Date"

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.day.data is None and self.clock.data is None:
            return True
        if self.day.data is None or self.clock.data is None:
            missing = self.day if self.day.data is None else self.clock
            missing.errors = [f"{self.what}: give both a date and a time"]
            return False
        return self._resolve(Local(self.day.data, self.clock.data, self.zone.data or "UTC"))

    def _resolve(self, local: Local) -> bool:
        turn = Turn(self.turn.data) if self.turn.data else None
        try:
            self.instant = to_utc(local, turn)
        except HappensTwice as twice:
            self.ambiguous = True
            self.turn.errors = [f"{self.what}: {twice}"]
        except CivilTimeError as problem:
            self.clock.errors = [f"{self.what}: {problem}"]
        return self.instant is not None


class InstantsMixin:
    """A form with instants in it: their zones are one's own, UTC and anywhere on earth."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = own_zone()
        for field in self._instant_fields():
            form: InstantForm = field.form
            form.what = field.label.text
            form.zone.choices = options(zone_choices(own, form.zone.data))
            if not form.zone.data:
                form.zone.data = own

    def _instant_fields(self) -> Iterator[Any]:
        for field in self:  # type: ignore[attr-defined]
            if isinstance(field, FormField) and isinstance(field.form, InstantForm):
                yield field

    def instant_of(self, name: str, before: datetime | None = None) -> datetime | None:
        """What was typed into the field `name`. Fields left as they were keep the fraction of a second of `before`."""
        instant: datetime | None = self[name].form.instant  # type: ignore[index]
        if before is not None and instant == before.replace(microsecond=0):
            return before
        return instant


def own_zone() -> str:
    """The zone of the account whose pages are shown."""
    return str(getattr(person_shown(), "time_zone", None) or "UTC")


def zone_choices(own: str, chosen: str | None = None) -> list[tuple[str, str]]:
    """One's own zone first, then UTC and anywhere on earth, and a zone that was sent before."""
    choices = [] if own in ("UTC", AOE) else [(own, f"Your zone ({own.replace('_', ' ')})")]
    choices += [("UTC", "UTC"), (AOE, "Anywhere on earth (AoE)")]
    if chosen and chosen not in dict(choices):
        choices.append((chosen, chosen.replace("_", " ")))
    return choices


def written(at: datetime | None, zone: str | None = None) -> dict[str, Any]:
    """The values of the fields that show the instant `at` in `zone` (default: one's own)."""
    zone = zone or own_zone()
    if at is None:
        return {"zone": zone}
    local, turn = to_local(at.replace(microsecond=0), zone)
    return {"day": local.day, "clock": local.clock, "zone": zone, "turn": turn}

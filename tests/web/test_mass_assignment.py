"""A form changes what its own fields are for: every column of every table, sent along, changes nothing.

Each form is posted three times in the same world: twice as it is (what differs between these is chance: numbers,
tokens), and once with the columns added.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.models import Base, User
from portal.services.work import writing
from portal.web.guard import viewer
from portal.web.policies import policy
from tests.access.asking import undone
from tests.access.conftest import World, world
from tests.support.fuzzing import replaced
from tests.support.recorded import Sent, filled, forms, posted
from tests.support.stored import Rows, differences, rows, written

__all__ = ["world"]

# Fields that a form has and that no page of this world shows.
OWN: dict[str, set[str]] = {
    "/reference/<token>/send": {"saves"},
    "/apply/<round>/extension": {"reason"},
    "/admin/mail/again": {"kind"},
    "/admin/people/<int:user_id>/second-factor": {"reason"},
}
TAKEN = (200, 302, 303)


def planted(column: sa.Column[Any]) -> str:
    """A value that the column could hold and does not."""
    kind = column.type.python_type if not isinstance(column.type, sa.JSON) else dict
    if column.foreign_keys or kind is int:
        return "2"
    if kind is bool:
        return "y"
    if kind.__name__ == "datetime":
        return "2020-02-02T02:02:02+00:00"
    states = getattr(column.type, "enums", None)
    return states[-1] if states else "withdrawn"


def every_column() -> dict[str, str]:
    """A value for each name of a column; what rights hang on has one that gives more."""
    found: dict[str, str] = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            found.setdefault(column.name, planted(column))
    return found | {"role": "lead", "state": "submitted", "status": "submitted", "score": "5"}


def with_columns(sent: Sent) -> Sent:
    own = {name for name, _ in sent.fields} | sent.offered | OWN.get(sent.rule, set())
    return sent.with_fields(*((n, v) for n, v in every_column().items() if n not in own))


def left_by(app: Flask, world: World, sent: Sent) -> tuple[int, Rows]:
    """The status, and what then stands in the tables that were written to."""
    with undone(app), written() as tables:
        status = posted(app, world, sent).status_code
        return status, rows(tables)


def unwanted(app: Flask, world: World, sent: Sent) -> tuple[bool, list[str]]:
    """Whether the form was taken, and what the columns changed."""
    once, twice = left_by(app, world, sent), left_by(app, world, sent)
    more = left_by(app, world, with_columns(sent))
    found = differences(once[1], more[1]) - differences(once[1], twice[1])
    if once[0] != more[0]:
        found.add(f"status {once[0]} became {more[0]}")
    return once[0] in TAKEN and bool(once[1]), sorted(found)


def every_form(app: Flask, world: World) -> Iterator[Sent]:
    """Each as its page holds it, and with something in its empty fields."""
    for sent in forms(app, world):
        yield sent
        if filled(sent) != sent:
            yield filled(sent)


def test_no_form_changes_what_it_has_no_field_for(app: Flask, world: World) -> None:
    wrong, taken = [], set()
    for sent in every_form(app, world):
        accepted, found = unwanted(app, world, sent)
        if accepted:
            taken.add(sent.rule)
        if found:
            wrong.append(f"{sent.rule}: {', '.join(found)}")

    assert not wrong, "\n".join(wrong)
    assert {"user_id", "is_admin", "state", "released_at", "round_id"} <= every_column().keys()
    assert len(taken) >= 70  # so many were not refused for another reason


def test_a_view_that_takes_whatever_comes_is_found(app: Flask, world: World) -> None:
    """The control."""

    @policy(Policy.SIGNED_IN)
    def greedy() -> ResponseReturnValue:
        with writing() as session:
            user = session.get_one(User, viewer().user_id)
            for name in request.form.keys() & {"name", "is_admin"}:
                setattr(user, name, request.form[name] if name == "name" else True)
        return redirect("/account")

    sent = Sent(
        "applicant",
        "POST",
        "/account/details",
        "/account/details",
        (("name", "Ana"), ("time_zone", "UTC")),
    )
    assert unwanted(app, world, sent) == (True, [])
    with replaced(app, "account.details", greedy):
        _, found = unwanted(app, world, sent)

    assert len(found) == 1
    assert found[0].endswith(".is_admin")

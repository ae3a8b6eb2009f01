"""The table's mentor, once in conflict with the table's applicant: nothing of the application is there, all else is."""

import sqlalchemy as sa
from flask import Flask

from portal.extensions import db
from portal.models import Application, Conflict, StreamMember
from tests.access.asking import answer_of, ask
from tests.access.conftest import World
from tests.access.table import Cell, cells
from tests.conftest import NOW


def of_the_application(cell: Cell) -> bool:
    """Whether the address names the application, or a file of it, to its readers."""
    return cell.path.startswith(("/review/", "/files/")) and (
        "<int:application>" in cell.path or "<ref>" in cell.path
    )


def declared() -> None:
    """The applicant of the world named its mentor."""
    round_id, applicant_id = db.session.execute(
        sa.select(Application.round_id, Application.user_id).where(
            Application.current_submission_id.is_not(None)
        )
    ).one()
    reader_id = db.session.scalars(
        sa.select(StreamMember.user_id).order_by(StreamMember.id)
    ).first()
    db.session.add(
        Conflict(
            round_id=round_id,
            applicant_id=applicant_id,
            reader_id=reader_id,
            named="",
            origin="applicant",
            reason="",
            declared_at=NOW,
            lifted_reason="",
        )
    )
    db.session.commit()


def test_a_mentor_in_conflict_gets_404_for_the_application_and_for_nothing_else(
    app: Flask, world: World
) -> None:
    declared()
    wrong, hidden = [], 0
    for cell in cells():
        if cell.person != "mentor" or not cell.path.startswith(("/review", "/files")):
            continue
        wanted = "404" if of_the_application(cell) else cell.answer
        hidden += of_the_application(cell)
        found = answer_of(ask(app, world, cell))
        if found != wanted:
            wrong.append(f"{cell.method} {cell.path}: got {found}, not {wanted}")

    assert not wrong, "\n".join(wrong)
    assert hidden >= 7

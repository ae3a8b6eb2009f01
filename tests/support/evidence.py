"""What a request changes is recorded in the same transaction, and a request that only asks changes nothing: checked
on every request that any test makes."""

import re

from flask import Flask, has_request_context, request
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, SessionTransaction

from portal.extensions import db

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', re.IGNORECASE)
# When a browser was last seen, and how often somebody tried: kept for the door, about nobody's work.
KEPT_FOR_THE_DOOR = {"sign_ins", "tallies"}
# A letter to who asked for it once more (a link to confirm, say) changes nothing else.
LETTERS = {"outbox"}
# Who gave optional answers is nobody's to know; how far an erasure has come follows from one that is recorded.
KEPT_APART = {"survey_answers", "erasures"}
# A file that came with a form which could not be saved waits, unnamed, for the next save.
WAITING = {"files"}
# One sitting of saves has one entry (tests/web/applicant/test_autosave.py), so most of them have none of their own.
IN_A_SITTING = re.compile(r"/apply/[^/]+/([^/]+|work-tests/\d+)(/draft)?")
SAVED_IN_A_SITTING = {
    "applications",
    "section_answers",
    "stream_applications",
    "answers",
    "work_test_attempts",
}
LOG = "audit_events"
SAFE = {"GET", "HEAD", "OPTIONS"}


def watch_unrecorded(app: Flask) -> None:
    """Record, for each request, committed changes that the audit log does not tell of."""
    found: list[str] = []
    app.extensions["unrecorded"] = found

    @event.listens_for(Engine, "before_cursor_execute")
    def note(_c: object, _cu: object, statement: str, *_: object) -> None:
        write = WRITES.match(statement)
        if write and has_request_context():
            db.session().info.setdefault("written", set()).add(write[1])

    @event.listens_for(Session, "after_soft_rollback")
    def forget(session: Session, undone: SessionTransaction) -> None:
        if undone.parent is None:
            session.info.pop("written", None)

    @event.listens_for(Session, "after_commit")
    def look(session: Session) -> None:
        if session.in_nested_transaction():
            return  # a savepoint is let go; what it wrote is committed with the rest
        written: set[str] = session.info.pop("written", set())
        changed = written - KEPT_FOR_THE_DOOR - {LOG}
        if not changed or not has_request_context():
            return
        if request.method in SAFE:
            found.append(f"asking for it changed {sorted(changed)}")
        elif changed - LETTERS - KEPT_APART - WAITING - in_a_sitting() and LOG not in written:
            found.append(f"{sorted(changed)} changed and no event says so")


def in_a_sitting() -> set[str]:
    """What this request may write without an event of its own."""
    return SAVED_IN_A_SITTING if IN_A_SITTING.fullmatch(request.path) else set()

"""The audit log as evidence: what is chained, what is refused, and what `portal audit-verify` finds."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.exc import DatabaseError

from portal.adapters import anchors
from portal.commands.evidence import audit_verify, print_anchor
from portal.domain.audit import START, is_forgotten, read_anchor
from portal.extensions import db
from portal.models import AuditEvent
from portal.services import audit, audit_anchor, audit_chain
from portal.services.work import writing
from tests.conftest import NOW
from tests.support.tampering import tamper, tip, unlocked_log


def write(action: str = "thing.done", **values: object) -> None:
    values.setdefault("actor_id", None)
    with writing() as session:
        audit.record(session, action, at=NOW, subject=("thing", 7), **values)


@pytest.fixture
def log(make):
    """Ten events, one with texts about a person."""
    for number in range(9):
        write(f"thing.n{number}", after={"number": number, "list": [1, {"a": None}], "at": NOW})
    write(
        "thing.renamed",
        reason="Iris asked\r\nfor it",
        before={"name": "Iris"},
        after={"name": "Ida"},
    )
    return db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.position)).all()


@pytest.fixture
def folder(app, tmp_path, monkeypatch):
    """A data folder of this test's own, in which the command looks for anchors."""
    from dataclasses import replace

    settings = replace(app.extensions["settings"], data_dir=tmp_path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    return tmp_path


@pytest.fixture
def verify(app, folder):
    def run(*arguments: str):
        return CliRunner().invoke(audit_verify, list(arguments), obj=app)

    return run


# -- the chain ------------------------------------------------------------------------------------


def test_each_event_follows_the_one_before_it(log):
    assert [event.position for event in log] == list(range(1, 11))
    assert [event.previous for event in log] == [START, *(event.digest for event in log[:-1])]
    assert len({event.digest for event in log}) == 10


def test_an_untouched_log_verifies_and_says_how_far_it_goes(verify, log):
    answer = verify()
    assert answer.exit_code == 0
    assert answer.output.startswith("10 events, chained until 2026-11-21T12:00:00Z.\n")
    assert "There is no anchor yet" in answer.output


def test_an_empty_log_verifies(verify, make):
    assert verify().exit_code == 0


def test_many_at_once_are_chained_with_the_rest(verify, log):
    with writing() as session:
        audit.record(session, "thing.begun", at=NOW, actor_id=None, subject=("thing", 1))
        audit.record_each(
            session, "thing.done", at=NOW, actor_id=None, subject_type="thing",
            subject_ids=range(200), reason="All of them.", after={"x": 1},
        )  # fmt: skip
    assert tip() == 211
    assert verify().exit_code == 0


def fail() -> None:
    with writing() as session:
        audit.record(session, "thing.failed", at=NOW, actor_id=None, subject=("thing", 1))
        session.flush()
        raise ZeroDivisionError


def test_what_is_rolled_back_leaves_no_event_and_no_gap(verify, log):
    with pytest.raises(ZeroDivisionError):
        fail()
    write("thing.after")
    actions = db.session.scalars(sa.select(AuditEvent.action)).all()
    assert "thing.failed" not in actions
    assert tip() == 11
    assert verify().exit_code == 0


def test_an_event_of_a_savepoint_goes_with_it(log):
    with writing() as session:
        audit.record(session, "thing.kept", at=NOW, actor_id=None, subject=("thing", 1))
        inner = session.begin_nested()
        audit.record(session, "thing.undone", at=NOW, actor_id=None, subject=("thing", 1))
        session.flush()
        with session.begin_nested():
            audit.record(session, "thing.deeper", at=NOW, actor_id=None, subject=("thing", 1))
        inner.rollback()
        with session.begin_nested():
            audit.record(session, "thing.stays", at=NOW, actor_id=None, subject=("thing", 1))
    actions = db.session.scalars(sa.select(AuditEvent.action)).all()
    assert {"thing.kept", "thing.stays"} <= set(actions)
    assert not {"thing.undone", "thing.deeper"} & set(actions)


# -- what was tampered with -----------------------------------------------------------------------

MOVED = "it does not follow the event before it: one was moved, replaced, put in or taken out"
EDITED = "it is not what was recorded: edited, or put in"
INSERT = (
    "INSERT INTO audit_events (at, action, subject_type, reason, before, after, request_id, position, previous,"
    " digest, seals) SELECT at, 'x', subject_type, '', '{}', '{}', '', :p, previous, :d, '{}'"
    " FROM audit_events WHERE position = 4"
)


@pytest.mark.parametrize(
    "column",
    [
        "at = '2026-11-20 12:00:00'", "actor_id = NULL", "action = 'y'", "subject_type = 'y'", "subject_id = 8",
        "round_id = NULL", "request_id = 'y'", "digest = 'y'", "previous = 'y'",
    ],
)  # fmt: skip
def test_an_edited_column_is_found(verify, make, column):
    round_ = make.round()
    write(actor_id=make.user().id, round_id=round_.id)
    write()
    tamper(f"UPDATE audit_events SET {column} WHERE position = 1")
    answer = verify()
    assert answer.exit_code == 1
    assert f"event 1: {EDITED}" in answer.stdout.splitlines()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("reason = 'Ida asked for it'", "a text of it was edited (reason)"),
        ("reason = ''", "a text was taken from it (reason)"),
        ('after = \'{"name": "Eve"}\'', "a text of it was edited (after.name)"),
        ("after = '{}'", "a text was taken from it (after.name)"),
        ('before = \'{"name": "Iris", "x": 1}\'', "a text was added to it (before.x)"),
        ("seals = '{}'", EDITED),
    ],
)
def test_edited_texts_are_found_though_the_database_lets_them_through(verify, log, change, found):
    db.session.execute(sa.text(f"UPDATE audit_events SET {change} WHERE position = 10"))
    db.session.commit()
    answer = verify()
    assert answer.exit_code == 1
    assert answer.stdout.splitlines() == [f"event 10: {found}"]


def test_a_deleted_event_is_found(verify, log):
    tamper("DELETE FROM audit_events WHERE position = 4")
    assert verify().stdout.splitlines() == ["event 4: it is missing"]
    tamper("DELETE FROM audit_events WHERE position < 6")
    assert verify().stdout.splitlines() == ["event 1: it is missing, and all up to event 5"]


def test_a_deleted_event_is_found_though_the_others_close_up(verify, log):
    tamper("DELETE FROM audit_events WHERE position = 4")
    for position in range(5, 11):
        tamper("UPDATE audit_events SET position = :p - 1 WHERE position = :p", p=position)
    assert verify().stdout.splitlines() == [f"event 4: {MOVED}"]


def test_reordered_events_are_found(verify, log):
    for one, other in ((4, 99), (5, 4), (99, 5)):
        tamper("UPDATE audit_events SET position = :b WHERE position = :a", a=one, b=other)
    answer = verify()
    assert answer.exit_code == 1
    assert answer.stdout.splitlines() == [f"event {p}: {MOVED}" for p in (4, 5, 6)]


def test_an_inserted_event_is_found(verify, log):
    tamper(INSERT, p=11, d="0" * 64)
    lines = verify().stdout.splitlines()
    assert f"event 11: {EDITED}" in lines


def test_an_event_put_in_between_with_a_fitting_digest_is_found(verify, log):
    for position in range(10, 3, -1):
        tamper("UPDATE audit_events SET position = :p + 1 WHERE position = :p", p=position)
    db.session.commit()
    forged = {
        "at": NOW, "actor_id": None, "action": "x", "subject_type": "t", "subject_id": None,
        "round_id": None, "request_id": "", "reason": "", "before": {}, "after": {}, "seals": {},
    }  # fmt: skip
    previous = log[2].digest
    entry = audit_chain.entry_of({**forged, "position": 4, "previous": previous})
    row = {**forged, "position": 4, "previous": previous, "digest": audit_chain.digest_of(entry)}
    db.session.execute(sa.insert(AuditEvent.__table__), [row])
    db.session.commit()
    assert verify().stdout.splitlines() == [f"event 5: {MOVED}"]


def rewrite_from(position: int) -> None:
    """What somebody does who knows how the chain is made: edits an event and links all that follow anew."""
    rows = db.session.execute(
        sa.select(AuditEvent.__table__).where(AuditEvent.position >= position).order_by("position")
    ).mappings().all()  # fmt: skip
    previous = rows[0]["previous"]
    for row in rows:
        changed = {**row, "previous": previous, **({"action": "x"} if row is rows[0] else {})}
        digest = audit_chain.digest_of(audit_chain.entry_of(changed))
        tamper(
            "UPDATE audit_events SET action = :a, previous = :b, digest = :c WHERE position = :p",
            a=changed["action"], b=previous, c=digest, p=row["position"],
        )  # fmt: skip
        previous = digest
    db.session.commit()


# -- anchors --------------------------------------------------------------------------------------


def test_a_cut_end_shows_against_the_anchor(verify, log, folder):
    audit_anchor.keep(folder, NOW)
    write("thing.later")
    assert verify().exit_code == 0
    tamper("DELETE FROM audit_events WHERE position > 8")
    answer = verify()
    assert answer.exit_code == 1
    assert answer.stdout.splitlines() == [
        "anchor of 2026-11-21T12:00:00Z: the log had 10 events and ends at 8: its end was cut off"
    ]


def test_a_log_that_was_linked_anew_shows_against_the_anchor(verify, log, folder):
    audit_anchor.keep(folder, NOW)
    rewrite_from(4)
    answer = verify()
    assert answer.stdout.splitlines() == [
        "anchor of 2026-11-21T12:00:00Z: event 10 is another than it was: the log was rewritten"
    ]
    assert answer.exit_code == 1


def test_an_anchor_that_was_printed_serves_as_well(app, verify, log, tmp_path):
    printed = CliRunner().invoke(print_anchor, obj=app).output
    elsewhere = tmp_path / "printed.txt"
    elsewhere.write_text(printed)
    assert "1 anchors agree" in verify("--anchor", str(elsewhere)).output
    tamper("DELETE FROM audit_events WHERE position = 10")
    assert verify("--anchor", str(elsewhere)).exit_code == 1


@pytest.mark.parametrize("change", [("10", "9"), ("2026", "2025")])
def test_an_anchor_that_was_changed_is_found(app, verify, log, folder, change):
    audit_anchor.keep(folder, NOW)
    path = folder / anchors.FILE
    path.write_text(path.read_text().replace(f" {change[0]}", f" {change[1]}", 1))
    answer = verify()
    assert answer.exit_code == 1
    assert "its signature does not belong to it" in answer.stdout


def test_a_file_without_anchors_is_no_proof(verify, log, tmp_path):
    path = tmp_path / "other.txt"
    path.write_text("nothing of the kind\n")
    assert verify("--anchor", str(path)).exit_code == 2
    path.write_text("")
    assert verify("--anchor", str(path)).exit_code == 2


def test_an_anchor_is_kept_once_for_each_end_of_the_log(log, folder):
    first = audit_anchor.keep(folder, NOW)
    assert audit_anchor.keep(folder, NOW) is None
    write("thing.later")
    second = audit_anchor.keep(folder, NOW)
    assert [read_anchor(line) for line in anchors.lines(folder / anchors.FILE)] == [first, second]
    assert (folder / anchors.FILE).stat().st_mode & 0o077 == 0


def test_nothing_more_is_signed_once_the_log_was_changed(log, folder, caplog):
    audit_anchor.keep(folder, NOW)
    rewrite_from(4)
    audit_anchor.keep_each_minute(folder, NOW)
    assert "the audit log is not what its anchor" in caplog.text
    assert len(anchors.lines(folder / anchors.FILE)) == 1


# -- nobody changes one ---------------------------------------------------------------------------


def test_an_event_is_not_changed_through_the_models(log):
    log[3].action = "x"
    with pytest.raises(audit_chain.ImmutableEvent):
        db.session.flush()
    db.session.rollback()
    db.session.delete(db.session.scalars(sa.select(AuditEvent)).first())
    with pytest.raises(audit_chain.ImmutableEvent):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize("bulk", [sa.delete(AuditEvent), sa.update(AuditEvent).values(reason="x")])
def test_events_are_not_changed_in_bulk(log, bulk):
    with pytest.raises(audit_chain.ImmutableEvent):
        db.session.execute(bulk)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_events WHERE position = 10",
        "UPDATE audit_events SET action = 'x' WHERE position = 10",
        "UPDATE audit_events SET position = 99 WHERE position = 10",
        "UPDATE audit_events SET digest = '' WHERE position = 10",
    ],
)
def test_the_database_refuses_as_well(log, statement):
    with pytest.raises(DatabaseError, match="never changed"), db.session.begin_nested():
        db.session.execute(sa.text(statement))


# -- forgetting -----------------------------------------------------------------------------------


def test_texts_about_a_person_can_be_forgotten_and_the_chain_holds(verify, log):
    event = log[-1].id
    with writing() as session:
        assert audit_chain.forget(session, event, ["reason", "before.name"])
    row = db.session.get(AuditEvent, event, populate_existing=True)
    assert (row.reason, row.before, row.after) == ("", {}, {"name": "Ida"})
    assert {path for path, seal in row.seals.items() if is_forgotten(seal)} == {
        "reason",
        "before.name",
    }
    assert verify().exit_code == 0


def test_nothing_of_what_was_forgotten_is_left_in_the_row(log):
    with writing() as session:
        audit_chain.forget(session, log[-1].id, ["reason", "before.name", "after.name"])
    with unlocked_log() as connection:
        stored = str(connection.exec_driver_sql("SELECT * FROM audit_events").all())
    assert "Iris" not in stored
    assert "Ida" not in stored


def test_forgetting_twice_or_what_is_not_there_changes_nothing(log):
    with writing() as session:
        assert audit_chain.forget(session, log[-1].id, ["reason"])
        assert not audit_chain.forget(session, log[-1].id, ["reason", "after.size"])
        assert not audit_chain.forget(session, 999_999, ["reason"])


def test_a_text_in_the_place_of_a_forgotten_one_is_found(verify, log):
    with writing() as session:
        audit_chain.forget(session, log[-1].id, ["reason"])
    db.session.execute(sa.text("UPDATE audit_events SET reason = 'Lies' WHERE position = 10"))
    db.session.commit()
    line = "event 10: a text was written where one had been erased (reason)"
    assert verify().stdout.splitlines() == [line]

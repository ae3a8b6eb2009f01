"""The deadline over HTTP: every route that writes an application, at the instants around its close.

The routes come from the application's own map, so that a new one fails here until it has its lines below. Run with
`-s` to read the table.
"""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import (
    AuditEvent,
    Extension,
    LateDraft,
    Submission,
)
from tests.web.deadline_stage import Stage

MICROSECOND = timedelta(microseconds=1)
GRACE = timedelta(seconds=120)

# -- The answers that must be given -----------------------------------------------------------------

# Around the close that applies, whichever that is (design, section 6):
INSTANTS = {
    "close-1µs": -MICROSECOND,
    "close": timedelta(0),
    "close+1µs": MICROSECOND,
    "grace-1µs": GRACE - MICROSECOND,
    "grace": GRACE,
}
BOUND = ("on time", "in grace", "in grace", "in grace", "LATE")
FREE = ("taken", "taken", "taken", "taken", "taken")
UNFIT = ("refused", "refused", "refused", "refused", "LATE")
ENDS = ("taken", "taken", "taken", "taken", "refused")
AFTER = ("refused", "refused", "refused", "refused", "taken")

# The closes of a case. The round's is 5 December 2026 at 11:59 UTC, just before midnight anywhere on earth.
ROUND = datetime(2026, 12, 5, 11, 59, tzinfo=UTC)
EARLY = ROUND - timedelta(days=3)
LATER = ROUND + timedelta(days=2)
EXTENDED = ROUND + timedelta(days=5)

# Which close applies to what. "mine" is the stream the case is about, "other" one that keeps the round's deadline;
# "general" is what all streams read: open while any stream of the round still accepts from this person.
#        case                                        own close  extension for  starts  mine      other     general
CASES = {
    "round's deadline":                             (None,      None,          True,   ROUND,    ROUND,    ROUND),
    "stream closes earlier":                        (EARLY,     None,          True,   EARLY,    ROUND,    ROUND),
    "stream closes later":                          (LATER,     None,          True,   LATER,    ROUND,    LATER),
    "extension for one stream":                     (None,      "mine",        True,   EXTENDED, ROUND,    EXTENDED),
    "extension for all":                            (None,      "all",         True,   EXTENDED, EXTENDED, EXTENDED),
    "extension, stream closed earlier":             (EARLY,     "mine",        True,   EXTENDED, ROUND,    EXTENDED),
    "never started":                                (None,      None,          False,  ROUND,    ROUND,    ROUND),
    "never started, stream closes earlier":         (EARLY,     None,          False,  EARLY,    ROUND,    ROUND),
    "never started, extension for one stream":      (None,      "mine",        False,  EXTENDED, ROUND,    EXTENDED),
    "never started, extension for all":             (None,      "all",         False,  EXTENDED, EXTENDED, EXTENDED),
}  # fmt: skip

# Each write: the route, which close it obeys, and the answers around it. One route may write several things.
#        write                     route                     close      answers  needs an application
WRITES = {
    "start":                     ("/start",                  "general", BOUND,   False),
    "start with the direction":  ("/start",                  "mine",    BOUND,   False),
    "save a general section":    ("/<section>",              "general", BOUND,   False),
    "answer the stream":         ("/<section>",              "mine",    BOUND,   False),
    "a section saves itself":    ("/<section>/draft",        "general", BOUND,   False),
    "an answer saves itself":    ("/<section>/draft",        "mine",    BOUND,   False),
    "answer the other stream":   ("/<section>",              "other",   BOUND,   False),
    "start from no earlier one": ("/carry",                  "general", UNFIT,   False),
    "upload a packet":           ("/offline",                "general", BOUND,   False),
    "add the direction":         ("/directions",             "mine",    BOUND,   False),
    "add the other's direction": ("/directions",             "other",   BOUND,   False),
    "remove the direction":      ("/directions",             "general", BOUND,   True),
    "submit to the stream":      ("/submit",                 "mine",    BOUND,   True),
    "submit to the other":       ("/submit",                 "other",   BOUND,   True),
    "submit nothing":            ("/submit",                 "general", UNFIT,   False),
    "undo a withdrawal":         ("/restore",                "general", BOUND,   True),
    "withdraw":                  ("/withdraw",               "general", FREE,    True),
    "start a task":              ("/work-tests/<int:test_id>/start", "mine", BOUND, True),
    "save a task":               ("/work-tests/<int:test_id>", "mine",   BOUND,   True),
    "hand in a task":            ("/work-tests/<int:test_id>", "mine",   BOUND,   True),
    "a task saves itself":       ("/work-tests/<int:test_id>/draft", "mine", BOUND, True),
    "send a file for a task":    ("/work-tests/<int:test_id>/file", "mine", BOUND, True),
    "send a file":               ("/<section>/files/<field>", "general", BOUND, False),
    "ask the programme":         ("/questions",              "general", FREE,    False),
    "ask for an extension":      ("/extension",              "general", AFTER,   False),
    "name a referee":            ("/references",             "general", BOUND,   False),
    "correct a referee":         ("/references/<int:referee>", "general", BOUND, True),
    "ask a referee":             ("/references/<int:referee>/ask", "general", BOUND, True),
    "say who must not read it":  ("/conflicts",              "general", ENDS,    True),
    "take a referee back":       ("/references/<int:referee>/remove", "general", FREE, True),
}  # fmt: skip


# Asked apart from the application: no deadline of it applies.
NO_PART_OF_IT = {"/survey", "/survey/delete"}
NEVER_LATE = (
    "withdraw",
    "ask the programme",
    "ask for an extension",
    "take a referee back",
    "say who must not read it",
)


def write_routes(app):
    """Every POST rule of the applicant's area that names a round, as its path after the round."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if "POST" in rule.methods and view.__module__.startswith("portal.web.applicant"):
            assert "<round>" in rule.rule, f"{rule.rule} writes, but names no round"
            yield rule.rule.split("<round>", 1)[1]


def test_every_write_route_has_its_lines_in_the_table(app):
    listed = {route for route, *_ in WRITES.values()}
    assert set(write_routes(app)) == listed | NO_PART_OF_IT


# -- The scene ----------------------------------------------------------------------------------------


@pytest.fixture
def stage(make, browser):
    """The stage of a case: two streams, both with a question; "mine" has the case's own deadline."""

    def build(case: str) -> Stage:
        own_close, extension, starts, *_ = CASES[case]
        round_ = make.round("Summer 2027", max_referees=2, closes_at=ROUND)
        mine = make.stream(round_, "Mine", questions=["Why?"], closes_at=own_close)
        other = make.stream(round_, "Other", questions=["Why?"])
        make.work_test(mine, required=False)
        make.work_test(mine, required=False, hand_in=HandIn.FILE)
        user = make.user("Iris Okafor")
        if extension:
            make.keep(
                Extension(
                    round_id=round_.id, user_id=user.id, closes_at=EXTENDED, reason="ill",
                    stream_id=mine.id if extension == "mine" else None, granted_at=make.now,
                )
            )  # fmt: skip
        client = browser(user)
        token = client.page(f"/apply/{round_.slug}/questions").find(attrs={"name": "csrf_token"})
        return Stage(round_, mine, other, user, client, token["value"], starts)

    return build


# -- What was answered -----------------------------------------------------------------------------


def judged(stage: Stage, write: str, response, before: list[object]) -> str:
    """In the words of the table, from the answer and from what is stored."""
    if write in NEVER_LATE:
        return {302: "taken", 409: "refused"}[response.status_code]
    event = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    by_itself = write.endswith("saves itself") or write.startswith("send a file")
    taken = 200 if by_itself else 302  # a part of the page, or another page
    if response.status_code == taken:
        assert event is not None, f"nothing was written, but {response.location} was answered"
        assert event.action != "application.refused_late"
        assert db.session.scalar(sa.select(sa.func.count(LateDraft.id))) == 0
        arrival = event.after.get("arrival")
        submission = db.session.scalars(
            sa.select(Submission).where(Submission.idempotency_key == "matrix-key-0001")
        ).first()
        if write.startswith("submit"):
            assert submission is not None
            assert submission.arrival.value == (arrival or "on_time")
        return {None: "on time", "in_grace": "in grace"}[arrival]
    assert response.status_code == 409, response.status_code
    kept = db.session.scalars(sa.select(LateDraft)).one_or_none()
    if kept is None:
        return "refused"
    page = BeautifulSoup(response.text, "html5lib")
    for instant in (kept.received_at, kept.closed_at):
        assert instant.isoformat().replace("+00:00", "Z") in page.text, "both instants are told"
    if by_itself:  # the page keeps its text and leads to where it is asked for
        assert f'"{stage.path("/late")}"' in response.text
        shown = ""
    else:
        assert page.find("form", action=stage.path("/extension")), "an extension can be asked for"
        shown = page.text
    _, form = stage.request(write)
    if typed := next(
        (form[n] for n in form if n in ("full_name", "text") or n[1:].isdigit()), None
    ):
        assert typed in shown or write.endswith("saves itself"), "the text is shown back"
        assert typed in kept.content.values(), "the text is kept"
    assert stage.working_copy() == before, "the working copy is not touched"
    return "LATE"


LINES = [
    (case, write)
    for case in CASES
    for write, (_, _, _, needs_application) in WRITES.items()
    if CASES[case][2] or not needs_application
]


@pytest.mark.parametrize(("case", "write"), LINES, ids=lambda value: value.replace(" ", "-"))
def test_write_is_judged_by_its_effective_deadline(stage, at, case, write):
    mine, other, general = CASES[case][3:]
    _, obeys, expected, _ = WRITES[write]
    closes = {"mine": mine, "other": other, "general": general}[obeys]
    with at(closes - timedelta(hours=1)):
        scene = stage(case)

    answers = []
    for offset in INSTANTS.values():
        with at(closes + offset):
            scene.reset(write)
            before = scene.working_copy()
            answers.append(judged(scene, write, scene.send(write), before))

    line = " | ".join(f"{answer:8}" for answer in answers)
    print(f"\n{case:40} | {write:26} | {closes:%d %b %H:%M} | {line}")
    assert tuple(answers) == expected

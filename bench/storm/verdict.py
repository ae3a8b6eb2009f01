"""After the storm: what was acknowledged, compared with what is stored, mailed and kept as files."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles

import sqlalchemy as sa

from bench.storm.client import Answer
from bench.storm.servers import Mailbox
from bench.storm.world import GRACE, Person, load
from portal.adapters.storage import StorageError, make_storage
from portal.app import create_app
from portal.config import Settings
from portal.domain.applications import ApplicationState
from portal.domain.submissions import is_genuine, read
from portal.extensions import db
from portal.models import Application, AuditEvent, OutboxMessage, StoredFile, Submission
from portal.queries.invariants import broken


@dataclass
class Verdict:
    """Counts that must be 0 stand in `faults`, by name; the rest tells what happened."""

    database: str
    faults: dict[str, int] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)


def judge(
    environ: Mapping[str, str],
    folder: Path,
    closes_at: datetime,
    mailbox: Mailbox,
    troubles: Sequence[float],
) -> Verdict:
    """`troubles`: when something was killed or stopped (seconds since the epoch)."""
    answers = [Answer(**json.loads(line)) for line in (folder / "answers.jsonl").open()]
    people = load(folder)
    settings = Settings.from_environ(environ)
    app = create_app(settings)
    with app.app_context():
        verdict = Verdict({"sqlite": "SQLite"}.get(db.engine.dialect.name, "PostgreSQL"))
        _submissions(verdict, answers, people, closes_at)
        _files(verdict, answers, settings)
        _mail(verdict, mailbox, len(troubles))
        found = list(broken(db.session()))
        verdict.faults["broken invariants"] = len(found)
        if found:
            verdict.told["first broken invariant"] = str(found[0])
        db.session.remove()
        db.engine.dispose()
    _times(verdict, answers, troubles)
    return verdict


def _submissions(
    verdict: Verdict, answers: Sequence[Answer], people: Sequence[Person], closes_at: datetime
) -> None:
    rows = {row.number: row for row in db.session.scalars(sa.select(Submission))}
    presses = [answer for answer in answers if answer.what == "submit"]
    acknowledged = _acknowledged(presses)
    _promises(verdict.faults, acknowledged, people, rows)
    _records(verdict.faults, rows)
    _punctuality(verdict.faults, presses, rows, closes_at + GRACE)
    verdict.faults["people without any answer"] = len(people) - len(
        {press.person for press in presses if press.status and press.status < 500}
    )
    verdict.told["presses"] = f"{len(presses):,} of {len(people):,} people"
    verdict.told["acknowledged"] = f"{len(set().union(*acknowledged.values())):,} submissions"
    verdict.told["refused as late"] = f"{sum(a.status == 409 for a in presses):,} presses"
    verdict.told["sent again"] = f"{sum(a.tries - 1 for a in answers):,} times"


def _acknowledged(presses: Sequence[Answer]) -> dict[int, set[str]]:
    """The receipt numbers that each person was given."""
    given: dict[int, set[str]] = defaultdict(set)
    for press in presses:
        if press.status == 302:
            given[press.person].add(press.number)
    return given


def _promises(
    faults: dict[str, int],
    acknowledged: Mapping[int, set[str]],
    people: Sequence[Person],
    rows: Mapping[str, Submission],
) -> None:
    """What people were told, against what is stored."""
    texts = {person.user_id: person.background for person in people}
    faults["acknowledged but missing"] = len(set().union(*acknowledged.values()) - set(rows))
    faults["two receipts for one double click"] = sum(len(n) > 1 for n in acknowledged.values())
    faults["texts not bit-equal"] = sum(
        any(read(rows[n].content).answer("background", k) != v for k, v in texts[person].items())
        for person, numbers in acknowledged.items()
        for n in numbers & set(rows)
    )


def _records(faults: dict[str, int], rows: Mapping[str, Submission]) -> None:
    """What is stored, against itself."""
    applications = list(db.session.scalars(sa.select(Application)))
    per_application = Counter(row.application_id for row in rows.values())
    audited = Counter(
        event.after.get("number")
        for event in db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == "application.submitted")
        )
    )
    faults["duplicates"] = sum(count > 1 for count in per_application.values())
    faults["halves"] = sum(
        (row.state is ApplicationState.SUBMITTED) != (per_application[row.id] == 1)
        or (row.state is ApplicationState.SUBMITTED) != (row.current_submission_id is not None)
        for row in applications
    )
    faults["digests that do not match"] = sum(
        not is_genuine(row.salt, row.content, row.digest) for row in rows.values()
    )
    faults["audit entries not one each"] = sum(audited[number] != 1 for number in rows)


def _punctuality(
    faults: dict[str, int],
    presses: Sequence[Answer],
    rows: Mapping[str, Submission],
    late: datetime,
) -> None:
    """Nothing taken from the end of the grace on, nothing refused before it."""
    faults["accepted later than close plus grace"] = sum(
        row.received_at >= late for row in rows.values()
    ) + sum(press.status == 302 and press.began >= late.timestamp() for press in _first(presses))
    faults["sent in time and refused"] = sum(
        press.status == 409 and press.ended < late.timestamp() for press in presses
    )


def _first(presses: Sequence[Answer]) -> list[Answer]:
    """For each person the press that began first: an answer to a retry is an answer to it."""
    first: dict[int, Answer] = {}
    for press in presses:
        known = first.get(press.person)
        first[press.person] = press if known is None or press.began < known.began else known
    return list(first.values())


def _files(verdict: Verdict, answers: Sequence[Answer], settings: Settings) -> None:
    storage = make_storage(settings.files_url, settings.data_dir)
    rows = list(db.session.scalars(sa.select(StoredFile)))
    wanted = {a.person: a.sha256 for a in answers if a.what == "upload" and a.status == 302}
    kept = defaultdict(set)
    wrong = 0
    for row in rows:
        try:
            with storage.open(row.key) as source:
                found = hashlib.sha256(source.read()).hexdigest()
        except StorageError:
            found = ""
        wrong += found != row.sha256
        kept[row.user_id].add(row.sha256)
    verdict.faults["files missing or not bit-equal"] = wrong + sum(
        sha not in kept[person] for person, sha in wanted.items()
    )
    verdict.told["files"] = f"{len(wanted):,} acknowledged, {len(rows):,} stored"


def _mail(verdict: Verdict, mailbox: Mailbox, kills: int) -> None:
    queued = Counter(
        db.session.scalars(
            sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.kind == "receipt")
        )
    )
    numbers = set(db.session.scalars(sa.select(Submission.number)))
    ids = set(
        db.session.scalars(
            sa.select(OutboxMessage.message_id).where(OutboxMessage.kind == "receipt")
        )
    )
    sent = Counter(message_id for _, message_id in mailbox.received if message_id in ids)
    verdict.faults["receipt mails not one each"] = sum(
        queued[f"receipt:{number}"] != 1 for number in numbers
    ) + len(ids - set(sent))
    again = sum(count - 1 for count in sent.values())
    verdict.faults["mails sent again beyond one a kill"] = max(0, again - kills)
    verdict.told["mails"] = f"{len(sent):,} receipts delivered, {again} of them twice"


def _times(verdict: Verdict, answers: Sequence[Answer], troubles: Sequence[float]) -> None:
    def calm(answer: Answer) -> bool:
        return not any(trouble - 1 < answer.began < trouble + 5 for trouble in troubles)

    for what in ("submit", "check", "upload"):
        ms = [(a.ended - a.began) * 1000 for a in answers if a.what == what and calm(a)]
        if len(ms) > 20:
            p99 = quantiles(ms, n=100)[98]
            verdict.told[f"{what}, outside the 5 s after a kill"] = (
                f"p50 {median(ms):,.0f} ms, p99 {p99:,.0f} ms"
            )

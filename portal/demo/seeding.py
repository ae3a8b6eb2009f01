"""``portal seed``: a whole programme of invented people around one point of a round's life.

The same stage, number of applicants, seed and instant make the same rows, password hash apart. Everything is written
in one transaction, in bulk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_security.utils import hash_password
from sqlalchemy.orm import Session
from tqdm import tqdm

from portal import paths
from portal.demo import exchanges, references
from portal.demo.accounts import DEMO_PASSWORD
from portal.demo.applying import Applied, Visit, apply
from portal.demo.batch import Batch
from portal.demo.calendar import DAY, Calendar, Stage, demo_calendar, past_calendar
from portal.demo.crowd import LARGEST_PAST, Crowd, in_past
from portal.demo.deciding import decide
from portal.demo.drafting import answers_to
from portal.demo.material import load_material
from portal.demo.people import DemoPerson, Progress, schedule, stream
from portal.demo.plan import AccountPlan, load_plan
from portal.demo.reading import Standing, read
from portal.demo.reviews import load_announcements, load_questions
from portal.demo.rounds import Scene, build_round, cast_of
from portal.demo.work_tests import do_tasks
from portal.demo.writing import choose_directions, write
from portal.domain.rounds import Grant
from portal.extensions import db
from portal.models import Application, Round, Submission, User
from portal.services.work import writing

FOLDER = paths.SEEDS / "demo"
CHUNK = 250  # people between two writes: enough for speed, little enough for memory


class CannotSeed(RuntimeError):
    """The database holds something that the demo would collide with; the message says what."""


@dataclass(frozen=True)
class SeedReport:
    """What was made: the demo round's slug and the rows by table, and with what to sign in."""

    round_slug: str
    rows: dict[str, int]
    accounts: Sequence[AccountPlan]
    password: str


def is_seeded() -> bool:
    """Whether a demo round stands in the database. Raises CannotSeed for a database without tables."""
    if not sa.inspect(db.engine).has_table(Round.__tablename__):
        raise CannotSeed("The database has no tables yet: run `portal init` before `portal seed`.")
    return bool(db.session.scalar(sa.select(sa.exists().where(Round.is_demo))))


def seed(
    stage: str, applicants: int, number: int, now: datetime, progress: bool = False
) -> SeedReport:
    """Fill a portal that has its reference content. `now` is aware; `number` is the seed.

    Raises CannotSeed, `rounds.NoReferenceContent` or `material.MaterialError`, and writes nothing then.
    """
    at = Stage(stage)
    plan = load_plan(FOLDER)
    calendar = demo_calendar(plan, at, now)
    before = past_calendar(plan, calendar)
    crowd = Crowd(
        number, plan, load_material(FOLDER), hash_password(DEMO_PASSWORD), before.created_at - 30 * DAY
    )  # fmt: skip
    people = list(crowd.applicants(applicants))
    with writing() as session:
        _refuse_collisions(session, crowd, (calendar, before))
        batch = Batch(session)
        users = crowd.staff(batch)
        admin_id = next(users[a.email] for a in plan.accounts if a.role == "admin")
        cast = cast_of(session, users, admin_id, plan)
        past_streams = tuple(each for each in plan.streams if each.past)
        past = build_round(session, batch, plan, before, cast, number + 7919, past_streams)
        scene = build_round(session, batch, plan, calendar, cast, number, plan.streams)
        with tqdm(total=len(people), unit=" people", disable=not progress) as bar:
            known = _Play(batch, crowd, past, Stage.DECIDED, {}, bar).past(people)
            _Play(batch, crowd, scene, at, known, bar).present(people)
        _point_at_newest(session, (past.round.id, scene.round.id))
        batch.release_ids()
    return SeedReport(calendar.slug, dict(batch.counts), plan.accounts, DEMO_PASSWORD)


def _refuse_collisions(session: Session, crowd: Crowd, calendars: Iterable[Calendar]) -> None:
    if is_seeded():
        raise CannotSeed("A demo round is there already. Start with an empty database.")
    slugs = [calendar.slug for calendar in calendars]
    taken = session.scalar(sa.select(Round.slug).where(Round.slug.in_(slugs)))
    if taken:
        raise CannotSeed(f"The round {taken!r} is there already.")
    addresses = {each.email for each in crowd.plan.staff}
    addresses |= {each.email for each in crowd.plan.accounts}
    email = session.scalar(sa.select(User.email).where(User.email_key.in_(addresses)))
    if email:
        raise CannotSeed(f"The account {email} is there already.")


def _point_at_newest(session: Session, round_ids: Sequence[int]) -> None:
    """Applications and submissions point at each other: this end is tied when both are there."""
    newest = (
        sa.select(sa.func.max(Submission.id))
        .where(Submission.application_id == Application.id)
        .scalar_subquery()
    )
    session.execute(
        sa.update(Application)
        .where(Application.round_id.in_(round_ids))
        .values(current_submission_id=newest)
        .execution_options(synchronize_session=False)
    )


class _Play:
    """One round's people, one after another. `known` are the accounts of those who were there before."""

    def __init__(
        self,
        batch: Batch,
        crowd: Crowd,
        scene: Scene,
        stage: Stage,
        known: dict[int, int],
        bar: tqdm,
    ) -> None:
        self.batch, self.crowd, self.scene, self.stage = batch, crowd, scene, stage
        self.known, self.bar, self.shown = known, bar, crowd.shown
        self.standings: list[Standing] = []
        self.enquiries = exchanges.Enquiries(batch, scene, load_questions(FOLDER))
        self.letters_to: dict[int, DemoPerson] = {}
        # Who comes late and who needs longer: the first people whom it can happen to.
        self.wants_late, self.wants_longer = True, True

    def past(self, people: Sequence[DemoPerson]) -> dict[int, int]:
        """Those of `people` who say that they applied before, and some who do not come back. Answers their accounts."""
        returning = [each for each in people if each.returning][:LARGEST_PAST]
        others = self.crowd.past_only(max(6, len(returning) // 2))
        for drawn in (*returning, *others):
            person = in_past(drawn, self.scene.number, self.scene.calendar)
            self._attend(person)
        self._finish(favoured=())
        return self.known

    def present(self, people: Sequence[DemoPerson]) -> None:
        for count, person in enumerate(people, 1):
            self._attend(person)
            self.bar.update()
            if count % CHUNK == 0:
                self.batch.write()
        self._finish([self.known[each.index] for each in people if each.email in self.shown])

    def _finish(self, favoured: Sequence[int]) -> None:
        exchanges.announce(self.batch, self.scene, load_announcements(FOLDER))
        if self.stage is Stage.DECIDED:
            self.batch.write()
            decided = decide(self.batch, self.scene, self.standings, favoured)
            for user_id, person in self.letters_to.items():
                exchanges.send_decisions(self.batch, self.scene, user_id, person, decided)
        self.batch.write()

    def _attend(self, person: DemoPerson) -> None:
        calendar = self.scene.calendar
        started_at, submitted_at = schedule(person, calendar.opens_at, calendar.written_until)
        if person.index not in self.known:
            self.known[person.index] = self.crowd.account(self.batch, person, started_at)
        user_id = self.known[person.index]
        if person.progress is Progress.NEVER_STARTED:
            return
        grants: tuple[Grant, ...] = ()
        if submitted_at is not None and self.stage is not Stage.OPEN and not calendar.archived_at:
            submitted_at, grants = self._around_the_deadline(person, user_id, submitted_at)
        visit = self._visit(person, user_id, started_at, submitted_at, grants)
        applied = apply(self.batch, self.scene, visit)
        do_tasks(self.batch, self.scene, applied)
        self.enquiries.ask(person, user_id, started_at)
        if person.progress is Progress.HALF_DONE and person.email not in self.shown:
            self._have_trouble(applied)
        references.ask(self.batch, self.scene, applied, shown=person.email in self.shown)
        self.standings += read(self.batch, self.scene, self.crowd.material, self.stage, applied)
        if person.email in self.shown:
            self.letters_to[user_id] = person
            exchanges.send_receipts(self.batch, self.scene, applied, person.email)

    def _visit(
        self,
        person: DemoPerson,
        user_id: int,
        started_at: datetime,
        submitted_at: datetime | None,
        grants: tuple[Grant, ...],
    ) -> Visit:
        closes_at = self.scene.calendar.closes_at
        chosen_at = min(submitted_at or started_at, closes_at - timedelta(seconds=1))
        offered = self.scene.offered(chosen_at)
        material, number = self.crowd.material, self.scene.number
        shown = self.shown.get(person.email)
        directions = (
            shown.directions if shown else choose_directions(material, person, number, offered)
        )
        texts = write(material, person, number, directions)
        return Visit(person, texts, user_id, started_at, submitted_at, grants)

    def _around_the_deadline(
        self, person: DemoPerson, user_id: int, submitted_at: datetime
    ) -> tuple[datetime, tuple[Grant, ...]]:
        """A few submits reach the portal in its grace, one with an extension."""
        closes_at = self.scene.calendar.closes_at
        if person.email in self.shown:
            return submitted_at, ()
        if self.wants_longer:
            self.wants_longer = False
            until = closes_at + 2 * DAY
            reason = "In hospital in the last week of the round; asked before the deadline."
            exchanges.grant(self.batch, self.scene, user_id, None, until, closes_at - DAY, reason)
            return closes_at + timedelta(hours=20, minutes=13), (Grant(until),)
        if person.index % 97 == 13:
            late = stream(self.scene.number, person.index, "grace").uniform(2, 110)
            return closes_at + timedelta(seconds=late), ()
        return submitted_at, ()

    def _have_trouble(self, applied: Applied) -> None:
        """The first half-done draft comes late and asks for an extension; while open, the second was given one."""
        if self.wants_late:
            self.wants_late = False
            self._come_late(applied)
        elif self.wants_longer and self.stage is Stage.OPEN:
            self.wants_longer = False
            first = exchanges.first_closing(self.scene)
            now = self.scene.calendar.seen_at
            closes_at = max(self.scene.deadline(first).closes_at, now) + 3 * DAY
            reason = "An examination on the day of the stream's deadline; the stream's lead agrees."
            exchanges.grant(
                self.batch, self.scene, applied.visit.user_id, first, closes_at,
                now - timedelta(hours=30), reason,
            )  # fmt: skip

    def _come_late(self, applied: Applied) -> None:
        if self.stage is not Stage.OPEN:
            exchanges.arrive_late(self.batch, self.scene, applied)
            return
        first = exchanges.first_closing(self.scene)
        offering = first.offerings[0]
        person = replace(applied.visit.person, progress=Progress.SUBMITTED)
        texts = write(self.crowd.material, person, self.scene.number, (offering.direction.slug,))
        rng = stream(self.scene.number, person.index, "late")
        answers = answers_to(self.scene, texts, first, offering, rng)
        exchanges.arrive_late_for_stream(self.batch, self.scene, applied, first, answers)

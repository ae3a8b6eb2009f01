"""Conflicts of interest as admins and applicants see them: what was declared, what is only suggested, who decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from portal.domain.conflicts import (
    Hands,
    Origin,
    Why,
    may_decide_in_place,
    same_organisation,
)
from portal.domain.permissions import StreamRole, Viewer
from portal.domain.review import Outcome
from portal.domain.verdict import Verdict
from portal.extensions import db
from portal.models import (
    Application,
    Authorship,
    Conflict,
    Decision,
    Mentor,
    Person,
    Referee,
    Stream,
    StreamApplication,
    StreamMember,
    User,
)
from portal.queries.admin_applications import visible
from portal.queries.applications import Dossier
from portal.queries.conflicts import between
from portal.queries.paging import Page, page_of
from portal.queries.release import standing

LINES_A_PAGE = 50
DECIDING = (StreamRole.LEAD, StreamRole.CO)


@dataclass(frozen=True)
class Declared:
    """One conflict in words. `keeps_away` is False for somebody named in words only, and for a lifted one."""

    id: int
    who: str
    origin: Origin
    reason: str
    declared_at: datetime
    keeps_away: bool
    lifted_at: datetime | None
    lifted_reason: str


@dataclass(frozen=True)
class Suggestion:
    """A member of a stream who may be in conflict with the applicant, and why the portal asks."""

    user_id: int
    name: str
    why: Why


@dataclass(frozen=True)
class Member:
    user_id: int
    name: str
    role: StreamRole
    conflicted: bool


@dataclass(frozen=True)
class Part:
    """One stream that reads the application: its members, its decision, and whether admins decide in their place."""

    id: int
    stream: str
    members: list[Member]
    outcome: Outcome | None
    reason: str
    seen: int
    in_place: Verdict


@dataclass(frozen=True)
class ConflictDesk:
    application: Application
    declared: list[Declared]
    suggested: list[Suggestion]
    parts: list[Part]

    @property
    def choosable(self) -> list[tuple[int, str]]:
        """Members of its streams who are not in conflict yet."""
        members = {m.user_id: m for part in self.parts for m in part.members}
        return [(key, m.name) for key, m in members.items() if not m.conflicted]


@dataclass(frozen=True)
class _Row:
    part_id: int
    stream: str
    user: User
    role: StreamRole
    mentor_id: int | None
    person_id: int | None
    decision: Decision | None


def desk(viewer: Viewer, key: int) -> ConflictDesk | None:
    """The conflicts of one application for an admin; None where there is no such application for them."""
    application = db.session.scalar(
        sa.select(Application)
        .options(joinedload(Application.user), joinedload(Application.round))
        .where(Application.id == key, visible(viewer))
    )
    if application is None:
        return None
    rows, found = _rows(key), conflicts_of(application)
    away = _kept_away(rows, found)
    return ConflictDesk(
        application,
        [declared(each) for each in found],
        _suggestions(application, rows, found, away),
        _parts(rows, away),
    )


def conflicts_of(application: Application) -> Sequence[Conflict]:
    """All that was declared about an application, lifted ones among them, oldest first."""
    return db.session.scalars(
        sa.select(Conflict)
        .options(joinedload(Conflict.reader), joinedload(Conflict.mentor))
        .where(
            Conflict.round_id == application.round_id,
            Conflict.applicant_id == application.user_id,
        )
        .order_by(Conflict.id)
        .execution_options(populate_existing=True)
    ).all()


def own_rows(application: Application) -> list[Conflict]:
    """What an applicant declared about their own application, lifted ones among it."""
    return [row for row in conflicts_of(application) if row.origin is Origin.APPLICANT]


def offered(dossier: Dossier) -> dict[int, str]:
    """The mentors an applicant can name: of the streams they chose, and of those that read them already."""
    rows = dossier.application.stream_applications if dossier.application else []
    reading = {row.stream_id for row in rows if row.submission_id is not None}
    streams = {stream.id for stream in dossier.chosen_streams()} | reading
    return {
        link.mentor_id: link.mentor.name
        for stream in dossier.round.streams
        if stream.id in streams
        for link in stream.mentor_links
    }


def declared(row: Conflict) -> Declared:
    who = row.reader.name if row.reader else row.mentor.name if row.mentor else row.named
    keeps = row.lifted_at is None and (row.reader_id is not None or row.mentor_id is not None)
    return Declared(
        row.id,
        who,
        row.origin,
        row.reason,
        row.declared_at,
        keeps,
        row.lifted_at,
        row.lifted_reason,
    )


def _rows(key: int) -> list[_Row]:
    """The members of the streams that hold an application, with their public profiles. One statement."""
    found = db.session.execute(
        sa.select(
            StreamApplication.id,
            Stream.name,
            User,
            StreamMember.role,
            Mentor.id,
            Mentor.person_id,
            Decision,
        )
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .join(StreamMember, StreamMember.stream_id == Stream.id)
        .join(User, User.id == StreamMember.user_id)
        .outerjoin(Mentor, Mentor.user_id == User.id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(
            StreamApplication.application_id == key, StreamApplication.submission_id.is_not(None)
        )
        .order_by(Stream.name, Stream.id, User.name, User.id)
    )
    return [_Row(*row) for row in found]


def _kept_away(rows: list[_Row], found: Sequence[Conflict]) -> set[int]:
    stand = [each for each in found if each.lifted_at is None]
    readers = {each.reader_id for each in stand if each.reader_id}
    profiles = {each.mentor_id for each in stand if each.mentor_id}
    return readers | {row.user.id for row in rows if row.mentor_id in profiles and row.mentor_id}


def _parts(rows: list[_Row], away: set[int]) -> list[Part]:
    parts: dict[int, Part] = {}
    for row in rows:
        if row.part_id not in parts:
            own = [each for each in rows if each.part_id == row.part_id]
            deciders = {each.user.id for each in own if each.role.decides}
            parts[row.part_id] = Part(
                row.part_id,
                row.stream,
                [Member(m.user.id, m.user.name, m.role, m.user.id in away) for m in own],
                row.decision.outcome if row.decision else None,
                row.decision.reason if row.decision else "",
                row.decision.version if row.decision else 0,
                may_decide_in_place(Hands(deciders, away)),
            )
    return list(parts.values())


# -- what is only suggested -----------------------------------------------------------------------


def _suggestions(
    application: Application, rows: list[_Row], found: Sequence[Conflict], away: set[int]
) -> list[Suggestion]:
    """Who may be in conflict. Whoever was looked at in this round, and lifted, is not suggested again."""
    settled = away | {each.reader_id for each in found if each.reader_id}
    settled |= {
        row.user.id
        for row in rows
        if row.mentor_id in {each.mentor_id for each in found} and row.mentor_id
    }
    referees = _referees(application.id)
    readers, profiles = _earlier(application)
    coauthors = _coauthors(application.person_id)
    suggested: dict[tuple[int, Why], Suggestion] = {}
    for row in rows:
        reasons = {
            Why.REFEREE: row.user.email_key in referees,
            Why.EARLIER: row.user.id in readers or row.mentor_id in profiles,
            Why.PAPER: row.person_id in coauthors,
            Why.DOMAIN: same_organisation(application.user.email, row.user.email),
        }
        for why, holds in reasons.items():
            if holds and row.user.id not in settled:
                suggested[row.user.id, why] = Suggestion(row.user.id, row.user.name, why)
    return list(suggested.values())


def _referees(application_id: int) -> set[str]:
    return set(
        db.session.scalars(
            sa.select(Referee.email_key).where(Referee.application_id == application_id)
        )
    )


def _earlier(application: Application) -> tuple[set[int], set[int]]:
    """The accounts and profiles that were in conflict with the same person in other rounds."""
    found = db.session.execute(
        sa.select(Conflict.reader_id, Conflict.mentor_id).where(
            Conflict.applicant_id == application.user_id,
            Conflict.round_id != application.round_id,
            Conflict.lifted_at.is_(None),
        )
    ).all()
    return {r for r, _ in found if r is not None}, {m for _, m in found if m is not None}


def _coauthors(person_id: int | None) -> set[int]:
    """Those who wrote a listed paper with this author. Nobody, for an applicant who did not say who they are."""
    if person_id is None:
        return set()
    own = aliased(Authorship)
    return set(
        db.session.scalars(
            sa.select(Authorship.person_id)
            .join(own, own.paper_id == Authorship.paper_id)
            .where(own.person_id == person_id, Authorship.person_id != person_id)
        )
    )


# -- a round --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One conflict of a round, with the application it is about."""

    application_id: int | None
    applicant: str
    declared: Declared


@dataclass(frozen=True)
class Stuck:
    """An application that nobody of a stream can decide on: admins do."""

    application_id: int
    applicant: str
    stream: str
    decided: bool


def listed(viewer: Viewer, round_id: int, number: int) -> Page[Line]:
    """The conflicts of a round, newest first; nobody but admins gets any, and nobody their own. Two statements."""
    query = (
        sa.select(Conflict, User.name, Application.id)
        .options(joinedload(Conflict.reader), joinedload(Conflict.mentor))
        .join(User, User.id == Conflict.applicant_id)
        .outerjoin(
            Application,
            sa.and_(
                Application.round_id == Conflict.round_id,
                Application.user_id == Conflict.applicant_id,
            ),
        )
        .where(
            Conflict.round_id == round_id,
            Conflict.applicant_id != viewer.user_id,
            sa.literal(viewer.is_admin),
        )
        .order_by(Conflict.declared_at.desc(), Conflict.id.desc())
    )

    def lines(one: sa.Select[Conflict, str, int]) -> list[Line]:
        rows = db.session.execute(one)
        return [Line(key, name, declared(row)) for row, name, key in rows]

    return page_of(query, lines, number, LINES_A_PAGE)


def stuck(viewer: Viewer, round_id: int) -> list[Stuck]:
    """The applications of a round whose stream has deciders, all of them in conflict. One statement."""
    decider = sa.and_(
        StreamMember.stream_id == StreamApplication.stream_id, StreamMember.role.in_(DECIDING)
    )
    away = between(StreamMember.user_id, Application.round_id, Application.user_id)
    rows = db.session.execute(
        sa.select(Application.id, User.name, Stream.name, Decision.id.is_not(None))
        .select_from(StreamApplication)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(User, User.id == Application.user_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .outerjoin(Decision, Decision.stream_application_id == StreamApplication.id)
        .where(
            standing(round_id),
            Application.user_id != viewer.user_id,
            sa.literal(viewer.is_admin),
            Application.user_id.in_(_with_conflicts(round_id)),
            sa.exists().where(decider),
            ~sa.exists().where(decider, ~away),
        )
        .order_by(Application.id, Stream.name)
    )
    return [Stuck(*row) for row in rows]


def _with_conflicts(round_id: int) -> sa.Select[int]:
    return sa.select(Conflict.applicant_id).where(
        Conflict.round_id == round_id, Conflict.lifted_at.is_(None)
    )


def authors() -> list[tuple[int, str]]:
    """The authors of the listed papers, for an applicant to say that they are one of them."""
    rows = db.session.execute(sa.select(Person.id, Person.name).order_by(Person.name))
    return [(key, name) for key, name in rows]

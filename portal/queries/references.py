"""Referees and references: the applicant's own, the one a link leads to, what readers see, and an admin's list."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload

from portal.domain.permissions import Viewer
from portal.domain.questions import Kind
from portal.domain.references import due, in_words, is_read
from portal.domain.rounds import Arrival, Deadline, Grant, general_deadline
from portal.extensions import db
from portal.models import Application, Extension, Referee, Round, SectionAnswers, User
from portal.queries.admin_applications import visible
from portal.queries.applications import Dossier
from portal.queries.paging import Page, page_of

Words = list[tuple[str, str, Kind]]


def own(viewer: Viewer, round_id: int) -> Sequence[Referee]:
    """Those whom the viewer named in a round, in the order of naming; taken-back requests among them."""
    return db.session.scalars(
        sa.select(Referee)
        .join(Referee.application)
        .where(Application.user_id == viewer.user_id, Application.round_id == round_id)
        .order_by(Referee.id)
        .execution_options(populate_existing=True)
    ).all()


def due_of(dossier: Dossier) -> Deadline:
    """When references for this applicant are due."""
    return due(dossier.round.references_due_at, dossier.general(), dossier.grants)


@dataclass(frozen=True)
class Request:
    """What a link leads to: a referee with the application, its round and its applicant, and when it is due."""

    referee: Referee
    round: Round
    user: User
    applicant: str
    due: Deadline


def by_digest(digest: str) -> Request | None:
    """The request whose link has this digest; None for a link that never was, or was replaced."""
    referee = db.session.scalar(
        sa.select(Referee)
        .where(sa.or_(Referee.token_digest == digest, Referee.reminder_digest == digest))
        .options(_with_round(), joinedload(Referee.application).joinedload(Application.user))
        .execution_options(populate_existing=True)
    )
    return request_of(referee) if referee else None


def _with_round() -> sa.orm.interfaces.LoaderOption:
    return joinedload(Referee.application).joinedload(Application.round).selectinload(Round.streams)


def request_of(referee: Referee) -> Request:
    """The referee with what a letter or a page about them needs."""
    application = referee.application
    round_, user = application.round, application.user
    return Request(
        referee,
        round_,
        user,
        applicant_name(application.id, user),
        dues(round_, [user.id])[user.id],
    )


def dues(round_: Round, user_ids: Collection[int]) -> dict[int, Deadline]:
    """When references for each of these applicants are due, by their own extensions. One statement, and the streams."""
    rows = db.session.execute(
        sa.select(Extension.user_id, Extension.closes_at, Extension.stream_id).where(
            Extension.user_id.in_(user_ids), Extension.round_id == round_.id
        )
    )
    granted: dict[int, list[Grant]] = {user_id: [] for user_id in user_ids}
    for user_id, closes_at, stream_id in rows:
        granted[user_id].append(Grant(closes_at, stream_id))
    return {user_id: _due(round_, grants) for user_id, grants in granted.items()}


def _due(round_: Round, grants: Sequence[Grant]) -> Deadline:
    assert round_.closes_at is not None  # nobody applies, and so asks, before there is a deadline
    own = [(stream.id, stream.closes_at) for stream in round_.streams]
    general = general_deadline(round_.closes_at, own, grants, round_.grace)
    return due(round_.references_due_at, general, grants)


def applicant_name(application_id: int, user: User) -> str:
    """The name under which the applicant is known to those who read them."""
    answers = db.session.scalar(
        sa.select(SectionAnswers.answers).where(
            SectionAnswers.application_id == application_id, SectionAnswers.section == "about"
        )
    )
    return str((answers or {}).get("full_name", "")).strip() or user.name


@dataclass(frozen=True)
class Received:
    """A reference in the referee's own words. `relation` is how the applicant says they know each other."""

    id: int
    name: str
    relation: str
    words: Words
    received_at: datetime
    is_late: bool
    is_read: bool
    shown: bool


def for_readers(application_id: int) -> list[Received]:
    """What readers of an application see. Call it for an application that the viewer may read."""
    return [each for each in received(application_id) if each.is_read]


def received(application_id: int) -> list[Received]:
    """Every reference that came for an application, late ones that nobody let in among them: for admins."""
    rows = db.session.scalars(
        sa.select(Referee)
        .where(Referee.application_id == application_id, Referee.received_at.is_not(None))
        .order_by(Referee.received_at, Referee.id)
    )
    return [_received(row) for row in rows]


def _received(row: Referee) -> Received:
    assert row.received_at is not None
    return Received(
        row.id,
        row.name,
        row.relation,
        in_words(row.answers),
        row.received_at,
        row.arrival is Arrival.LATE,
        is_read(row),
        row.shown,
    )


def shown_to_applicant(referees: Iterable[Referee]) -> list[Received]:
    """The references whose writers were told that the applicant reads them."""
    return [_received(row) for row in referees if row.shown and row.received_at is not None]


# -- admins -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A referee in an admin's list, with the applicant they were named by. Never what they wrote."""

    referee: Referee
    application_id: int
    applicant_id: int
    applicant: str
    applicant_email: str


def listed(viewer: Viewer, round_id: int, state: str, number: int) -> Page[Line]:
    """The referees of a round, or those in one state of `STATES`; nobody but admins gets any. Two statements."""
    query = (
        sa.select(Referee, Application.id, User.id, User.name, User.email)
        .options(defer(Referee.answers))
        .join(Application, Application.id == Referee.application_id)
        .join(User, User.id == Application.user_id)
        .where(Application.round_id == round_id, sa.literal(viewer.is_admin))
        .order_by(Referee.asked_at.desc().nulls_last(), Referee.id.desc())
    )
    if state in STATES:
        query = query.where(STATES[state])
    return page_of(
        query, lambda one: [Line(*row) for row in db.session.execute(one)], number, LINES_A_PAGE
    )


LINES_A_PAGE = 50
_WAITED_FOR = sa.and_(
    Referee.asked_at.is_not(None),
    Referee.received_at.is_(None),
    Referee.declined_at.is_(None),
    Referee.withdrawn_at.is_(None),
)
# What the list can be narrowed to.
STATES: Mapping[str, sa.ColumnElement[bool]] = {
    "waited": _WAITED_FOR,
    "received": Referee.received_at.is_not(None),
    "late": sa.and_(Referee.arrival == Arrival.LATE, Referee.let_in_at.is_(None)),
    "declined": Referee.declined_at.is_not(None),
    "named": sa.and_(Referee.asked_at.is_(None), Referee.withdrawn_at.is_(None)),
}


def application_of(viewer: Viewer, key: int) -> Application | None:
    """An application whose references an admin may read: as with the application itself, never one's own."""
    return db.session.scalar(
        sa.select(Application)
        .options(joinedload(Application.round), joinedload(Application.user))
        .where(Application.id == key, visible(viewer))
    )

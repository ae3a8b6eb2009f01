"""The audit log as admins read it: in the order in which it was recorded, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.accounts import email_key
from portal.domain.audit import START, Fault, faults
from portal.domain.decisions import UNDECIDED_AT_RELEASE
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import Application, AuditEvent, Round, StreamApplication, User
from portal.queries import audit_chain

PAGE_SIZE = 50
LARGEST_EXPORT = 50_000


@dataclass(frozen=True)
class AuditFilter:
    """What to show. `until` is exclusive; `actor` is part of a name or an address, "portal" for the portal itself.

    `subject` is a kind, a kind with a number, or the address of a person: then it is everything about them.
    A release records one entry and one for each application that it declined as undecided. Those would bury
    everything else, so they show with `each` or where they are asked for by their kind or subject.
    """

    action: str = ""
    actor: str = ""
    subject: str = ""
    round: str = ""
    since: datetime | None = None
    until: datetime | None = None
    each: bool = False

    @property
    def active(self) -> bool:
        return self != AuditFilter()

    @property
    def shows_each(self) -> bool:
        return self.each or bool(self.subject) or self.action == "decision.made"


@dataclass(frozen=True)
class Stretch:
    """Some events that follow each other. `newer` and `older`: the positions that the next stretches begin beside."""

    items: Sequence[AuditEvent]
    newer: int | None = None
    older: int | None = None


@dataclass(frozen=True)
class OneEvent:
    """An event, what is wrong with the chain around it, and the positions of its neighbours."""

    event: AuditEvent
    faults: list[Fault]
    newer: int | None
    older: int | None
    round_name: str | None


def events(
    viewer: Viewer, wanted: AuditFilter, *, before: int | None = None, after: int | None = None
) -> Stretch:
    """The newest events that fit, or those just `before` (older than) or `after` a position. One query."""
    query = _wanted(viewer, wanted).options(joinedload(AuditEvent.actor)).limit(PAGE_SIZE + 1)
    if after is not None:
        query = query.where(AuditEvent.position > after).order_by(AuditEvent.position)
        found = list(db.session.scalars(query))
        more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE][::-1]
        return Stretch(
            found,
            newer=found[0].position if found and more else None,
            older=found[-1].position if found else None,
        )
    query = query.order_by(AuditEvent.position.desc())
    if before is not None:
        query = query.where(AuditEvent.position < before)
    found = list(db.session.scalars(query))
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    return Stretch(
        found,
        newer=found[0].position if found and before is not None else None,
        older=found[-1].position if found and more else None,
    )


def table(viewer: Viewer, wanted: AuditFilter) -> Sequence[AuditEvent]:
    """All events that fit, the newest first, as far as one file goes. One query."""
    query = _wanted(viewer, wanted).options(joinedload(AuditEvent.actor))
    return db.session.scalars(
        query.order_by(AuditEvent.position.desc()).limit(LARGEST_EXPORT)
    ).all()


def one(viewer: Viewer, position: int) -> OneEvent | None:
    """An event with its neighbours. Four queries."""
    query = _wanted(viewer, AuditFilter(each=True)).where(AuditEvent.position == position)
    event = db.session.scalar(query.options(joinedload(AuditEvent.actor)))
    if event is None:
        return None
    last, _ = audit_chain.tip(db.session())
    named = sa.select(Round.name).where(Round.id == event.round_id)
    return OneEvent(
        event,
        _faults_around(position, last),
        newer=position + 1 if position < last else None,
        older=position - 1 if position > 1 else None,
        round_name=db.session.scalar(named) if event.round_id else None,
    )


def rounds() -> list[tuple[str, str]]:
    """(slug, name) of each round, the newest first. One query."""
    rows = db.session.execute(sa.select(Round.slug, Round.name).order_by(Round.id.desc()))
    return [(slug, name) for slug, name in rows]


def _faults_around(position: int, last: int) -> list[Fault]:
    """What is wrong with the chain at an event and at its neighbours."""
    near = list(audit_chain.entries(db.session(), position))
    first = max(1, position - 1)
    found = list(faults(near, first, START if first == 1 else None))
    if position < last and near[-1].position == position:
        found.append(Fault(position + 1, "it is missing"))
    return found


def _wanted(viewer: Viewer, wanted: AuditFilter) -> sa.Select[*tuple[AuditEvent]]:
    query = sa.select(AuditEvent).where(*_conditions(wanted))
    return query if viewer.is_admin else query.where(sa.false())


def _conditions(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if not wanted.shows_each:
        found.append(
            sa.or_(AuditEvent.action != "decision.made", AuditEvent.reason != UNDECIDED_AT_RELEASE)
        )
    if wanted.action:
        found.append(AuditEvent.action == wanted.action)
    if wanted.actor.casefold() == "portal":
        found.append(AuditEvent.actor_id.is_(None))
    elif wanted.actor:
        part = wanted.actor.casefold()
        people = sa.select(User.id).where(
            sa.or_(
                sa.func.lower(User.name).contains(part, autoescape=True),
                User.email_key.contains(part, autoescape=True),
            )
        )
        found.append(AuditEvent.actor_id.in_(people))
    if wanted.subject:
        found.append(_about(wanted.subject))
    if wanted.round:
        of_slug = sa.select(Round.id).where(Round.slug == wanted.round)
        found.append(AuditEvent.round_id.in_(of_slug))
    if wanted.since is not None:
        found.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEvent.at < wanted.until)
    return found


def _about(subject: str) -> sa.ColumnElement[bool]:
    """Events about a kind of thing, about one thing, or about a person and their applications."""
    if "@" in subject:
        return _about_person(subject)
    words, digits = subject.casefold(), ""
    if words[-1].isdigit():
        words, _, digits = words.rpartition(" ")
    kinds = {words, words.replace(" ", "_")}  # some kinds are two words
    of_kind = AuditEvent.subject_type.in_(kinds)
    if not digits:
        return of_kind
    key = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1
    return sa.and_(of_kind, AuditEvent.subject_id == key)


def _about_person(address: str) -> sa.ColumnElement[bool]:
    user = sa.select(User.id).where(User.email_key == email_key(address))
    own = sa.select(Application.id).where(Application.user_id.in_(user))
    parts = sa.select(StreamApplication.id).where(StreamApplication.application_id.in_(own))
    of_kinds = {"user": user, "application": own, "stream_application": parts}
    return sa.or_(
        *(
            sa.and_(AuditEvent.subject_type == kind, AuditEvent.subject_id.in_(keys))
            for kind, keys in of_kinds.items()
        )
    )

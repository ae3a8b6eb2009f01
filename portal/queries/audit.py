"""The audit log as admins read it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.decisions import UNDECIDED_AT_RELEASE
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import AuditEvent, Round, User
from portal.queries.paging import Page, page_of

PAGE_SIZE = 50


@dataclass(frozen=True)
class AuditFilter:
    """What to show. `until` is exclusive; `actor` is part of a name or an address, "portal" for the portal itself.

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


def events(viewer: Viewer, wanted: AuditFilter, page: int) -> Page[AuditEvent]:
    """One page of the log, the newest first, with the actors. Two queries."""
    query = sa.select(AuditEvent).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    for condition in _conditions(wanted):
        query = query.where(condition)
    if not viewer.is_admin:
        query = query.where(sa.false())

    def fetch(one_page: sa.Select[*tuple[AuditEvent]]) -> list[AuditEvent]:
        return list(db.session.scalars(one_page.options(joinedload(AuditEvent.actor))))

    return page_of(query, fetch, page, PAGE_SIZE)


def actions() -> list[str]:
    """The kinds of change that the log holds. One query."""
    return list(
        db.session.scalars(sa.select(AuditEvent.action).distinct().order_by(AuditEvent.action))
    )


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
        kind, _, number = wanted.subject.partition(" ")
        found.append(AuditEvent.subject_type == kind.casefold())
        if number.strip():
            digits = number.strip()
            key = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1
            found.append(AuditEvent.subject_id == key)
    if wanted.round:
        of_slug = sa.select(Round.id).where(Round.slug == wanted.round)
        found.append(AuditEvent.round_id.in_(of_slug))
    if wanted.since is not None:
        found.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEvent.at < wanted.until)
    return found

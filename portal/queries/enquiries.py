"""Applicants' questions to the programme, for admins and for those who asked; and announcements."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import Announcement, Enquiry, Round
from portal.queries.paging import Page, page_of

PAGE_SIZE = 30


@dataclass(frozen=True)
class Asked:
    """A question with the round it is about; the asker is loaded."""

    enquiry: Enquiry
    round_name: str
    round_slug: str


def of_user(viewer: Viewer, round_id: int) -> list[Enquiry]:
    """The viewer's own questions about a round, the newest first. One query."""
    if viewer.user_id is None:
        return []
    return list(
        db.session.scalars(
            sa.select(Enquiry)
            .where(Enquiry.user_id == viewer.user_id, Enquiry.round_id == round_id)
            .order_by(Enquiry.asked_at.desc(), Enquiry.id.desc())
        )
    )


def listing(viewer: Viewer, *, round_slug: str, answered: bool, page: int) -> Page[Asked]:
    """One page of questions for admins: those waiting with the oldest first, those answered with the newest first."""
    query = (
        sa.select(Enquiry, Round.name, Round.slug)
        .join(Round, Round.id == Enquiry.round_id)
        .where(Enquiry.answered_at.is_not(None) if answered else Enquiry.answered_at.is_(None))
    )
    if round_slug:
        query = query.where(Round.slug == round_slug)
    if not viewer.is_admin:
        query = query.where(sa.false())
    newest = (Enquiry.answered_at.desc(), Enquiry.id.desc())
    query = query.order_by(*(newest if answered else (Enquiry.asked_at, Enquiry.id)))

    def fetch(one: sa.Select[*tuple[Enquiry, str, str]]) -> list[Asked]:
        rows = db.session.execute(one.options(joinedload(Enquiry.user)))
        return [Asked(*row) for row in rows]

    return page_of(query, fetch, page, PAGE_SIZE)


def find(viewer: Viewer, enquiry_id: int) -> Asked | None:
    """One question, for admins."""
    if not viewer.is_admin:
        return None
    row = db.session.execute(
        sa.select(Enquiry, Round.name, Round.slug)
        .join(Round, Round.id == Enquiry.round_id)
        .options(joinedload(Enquiry.user))
        .where(Enquiry.id == enquiry_id)
    ).one_or_none()
    return Asked(*row) if row else None


def announcements(viewer: Viewer) -> list[Announcement]:
    """All announcements for admins, the newest first, with their rounds. One query."""
    if not viewer.is_admin:
        return []
    return list(
        db.session.scalars(
            sa.select(Announcement)
            .options(joinedload(Announcement.round))
            .order_by(Announcement.published_at.desc(), Announcement.id.desc())
        )
    )

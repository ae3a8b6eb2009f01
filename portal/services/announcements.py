"""What the programme tells all applicants of a round, on their pages."""

from dataclasses import asdict, dataclass
from datetime import datetime

from portal.domain.permissions import Viewer
from portal.domain.verdict import Refused
from portal.models import Announcement, Round
from portal.services import audit
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.versions import Stale, assign, changes, fingerprint
from portal.services.work import locked, writing


@dataclass(frozen=True)
class Notice:
    """An announcement's words (Markdown body), and from when on applicants see it."""

    title: str
    body: str
    published_at: datetime


def publish(viewer: Viewer, round_id: int, notice: Notice, *, now: datetime) -> int | Refused:
    """Show an announcement to the applicants of a round, from `published_at` on. Answers its id."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        if session.get(Round, round_id) is None:
            return GONE
        row = Announcement(round_id=round_id, author_id=viewer.user_id, **asdict(notice))
        session.add(row)
        session.flush()
        audit.record(
            session,
            "announcement.published",
            at=now,
            actor_id=viewer.user_id,
            subject=("announcement", row.id),
            round_id=round_id,
            after={"name": notice.title, "published_at": notice.published_at},
        )
        return row.id


def edit(
    viewer: Viewer, announcement_id: int, notice: Notice, *, seen: str, now: datetime
) -> Refused | Stale | None:
    """Change an announcement that still is as `seen` (`mark_of`)."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        row = locked(session, Announcement, announcement_id)
        if row is None:
            return GONE
        before = asdict(notice_of(row))
        if mark_of(row) != seen:
            return Stale(before, mark_of(row))
        was, becomes = changes(before, asdict(notice))
        assign(row, becomes)
        if becomes:
            audit.record(
                session,
                "announcement.changed",
                at=now,
                actor_id=viewer.user_id,
                subject=("announcement", row.id),
                round_id=row.round_id,
                before=was,
                after=becomes,
            )
        return None


def remove(viewer: Viewer, announcement_id: int, *, now: datetime) -> Refused | None:
    """Take an announcement down; its text stays in the audit log."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    with writing() as session:
        row = locked(session, Announcement, announcement_id)
        if row is None:
            return GONE
        audit.record(
            session,
            "announcement.removed",
            at=now,
            actor_id=viewer.user_id,
            subject=("announcement", row.id),
            round_id=row.round_id,
            before=asdict(notice_of(row)),
        )
        session.delete(row)
        return None


def notice_of(row: Announcement) -> Notice:
    return Notice(row.title, row.body, row.published_at)


def mark_of(row: Announcement) -> str:
    """What a form about this announcement carries, to notice that somebody else changed it."""
    return fingerprint(row.title, row.body, row.published_at)

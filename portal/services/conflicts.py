"""What happens when somebody says that one person should not read another: at once, recorded, and lifted by admins."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.conflicts import (
    LONGEST_NAMES,
    LONGEST_REASON,
    Origin,
    distinct,
    may_change_own,
)
from portal.domain.permissions import Viewer
from portal.domain.review import may_review
from portal.domain.verdict import Refused
from portal.models import (
    Application,
    Conflict,
    Mentor,
    Person,
    Round,
    StreamApplication,
    StreamMember,
    User,
)
from portal.queries.admin_applications import visible
from portal.queries.conflict_desk import offered, own_rows
from portal.queries.conflicts import kept_from
from portal.queries.scope import at_key, visible_to
from portal.services import audit
from portal.services.desk import Desk, open_desk
from portal.services.reviews import recount
from portal.services.rounds import ADMINS_ONLY, GONE
from portal.services.versions import Stale, fingerprint
from portal.services.work import locked, writing

INVOLVED = Refused(
    "This is not yours to settle.",
    "You are in conflict with this applicant yourself.",
    "Ask another admin.",
)
TOO_LONG = Refused(
    "Nothing was saved: the reason is too long.",
    f"It has up to {LONGEST_REASON:,} characters.",
    "Shorten it and save again.",
)
UNSAID = Refused(
    "Nothing was saved: the reason is missing.",
    "Whoever looks at this later has to understand it.",
    "Say why, in one sentence.",
)
TOO_MANY = Refused(
    "Nothing was saved: too many names.",
    f"You can name up to {LONGEST_NAMES} people who are not on the list.",
    "Shorten the list; tell the programme about the others.",
)


@dataclass(frozen=True)
class Named:
    """Whom an applicant does not want as readers. `seen` marks what stood when their page was opened."""

    mentor_ids: Collection[int]
    names: tuple[str, ...]
    reason: str
    person_id: int | None
    seen: str


def declare(viewer: Viewer, key: int, reason: str, *, now: datetime) -> Refused | bool:
    """A reader knows the applicant: from now on the application is not there for them. False: it was not before.

    A review of theirs is kept, seen by admins, and counted no more.
    """
    refused = _reason(reason)
    if refused is not None:
        return refused
    with writing() as session:
        row = session.scalar(
            sa.select(StreamApplication)
            .join(Application, Application.id == StreamApplication.application_id)
            .where(at_key(viewer, key), visible_to(viewer))
            .with_for_update(of=StreamApplication)
        )
        if row is None:
            return False
        application = session.get_one(Application, row.application_id)
        round_ = session.get_one(Round, application.round_id)
        verdict = may_review(round_.released_at, now)
        if isinstance(verdict, Refused):
            return Refused(
                "This cannot be declared any more.", verdict.why, "Write to the programme."
            )
        _add(session, application, Origin.READER, viewer, reason, now, reader_id=viewer.user_id)
        return True


def add(
    viewer: Viewer, application_id: int, reader_id: int, reason: str, *, now: datetime
) -> Refused | None:
    """An admin keeps a member of one of the application's streams away from it."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    refused = _reason(reason)
    if refused is not None:
        return refused
    with writing() as session:
        application = _application(session, viewer, application_id)
        if application is None or not _reads(session, application_id, reader_id):
            return GONE
        if _stands(session, application, reader_id):
            return None
        _add(session, application, Origin.ADMIN, viewer, reason, now, reader_id=reader_id)
        return None


def lift(
    viewer: Viewer, application_id: int, conflict_id: int, reason: str, *, now: datetime
) -> Refused | None:
    """An admin lifts a conflict: it stays on record, with the reason, and the reader meets the application again."""
    if not viewer.is_admin:
        return ADMINS_ONLY
    refused = _reason(reason)
    if refused is not None:
        return refused
    with writing() as session:
        application = _application(session, viewer, application_id)
        row = locked(session, Conflict, conflict_id)
        if application is None or row is None or row.applicant_id != application.user_id:
            return GONE
        if row.round_id != application.round_id:
            return GONE
        if is_involved(session, viewer, application.id):
            return INVOLVED
        if row.lifted_at is not None:
            return None
        row.lifted_at, row.lifted_by_id, row.lifted_reason = now, viewer.user_id, reason.strip()
        session.flush()
        _record(session, "conflict.lifted", application, row, viewer.user_id, now, reason.strip())
        recount(session, _parts(session, application))
        return None


def name_people(
    user_id: int, round_id: int, named: Named, *, received_at: datetime
) -> Refused | Stale | None:
    """Save whom an applicant does not want as readers, and which author they are. It acts at once."""
    names = distinct(named.names)
    if len(named.reason) > LONGEST_REASON:
        return TOO_LONG
    if len(names) > LONGEST_NAMES:
        return TOO_MANY
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        application = desk.dossier.application
        if application is None:
            return GONE
        deadline = desk.dossier.general()
        verdict = may_change_own(deadline, deadline.judge(received_at).accepted)
        if isinstance(verdict, Refused):
            return verdict
        rows = own_rows(application)
        if mark_of(application, rows) != named.seen:
            return Stale({}, mark_of(application, rows))
        _say_who(session, application, named.person_id)
        _replace(desk, application, rows, named, names)
        recount(session, _parts(session, application))
        return None


def mark_of(application: Application, rows: Iterable[Conflict]) -> str:
    """What an applicant's form carries, to notice that it was saved elsewhere."""
    return fingerprint(
        application.person_id,
        *((row.id, row.mentor_id, row.named, row.reason, row.lifted_at) for row in rows),
    )


def recount_profile(session: Session, mentor_id: int) -> None:
    """Bring the totals up to a public profile that has got another account."""
    rows = session.scalars(
        sa.select(StreamApplication.id)
        .join(Application, Application.id == StreamApplication.application_id)
        .join(
            Conflict,
            sa.and_(
                Conflict.round_id == Application.round_id,
                Conflict.applicant_id == Application.user_id,
            ),
        )
        .where(Conflict.mentor_id == mentor_id, Conflict.lifted_at.is_(None))
    )
    recount(session, set(rows))


# -- helpers --------------------------------------------------------------------------------------


def _reason(reason: str) -> Refused | None:
    if not reason.strip():
        return UNSAID
    return TOO_LONG if len(reason) > LONGEST_REASON else None


def _application(session: Session, viewer: Viewer, key: int) -> Application | None:
    found: Application | None = session.scalar(
        sa.select(Application).where(Application.id == key, visible(viewer))
    )
    return found


def is_involved(session: Session, viewer: Viewer, application_id: int) -> bool:
    """Whether the viewer is in conflict with the applicant, or is the applicant."""
    own = kept_from(viewer.user_id).subquery()
    return bool(session.scalar(sa.select(sa.exists().where(own.c.id == application_id))))


def _reads(session: Session, application_id: int, reader_id: int) -> bool:
    """Whether the account is a member of a stream that holds the application."""
    found = (
        sa.select(StreamMember.id)
        .join(StreamApplication, StreamApplication.stream_id == StreamMember.stream_id)
        .where(
            StreamApplication.application_id == application_id, StreamMember.user_id == reader_id
        )
    )
    return bool(session.scalar(sa.select(found.exists())))


def _stands(session: Session, application: Application, reader_id: int) -> bool:
    found = sa.select(Conflict.id).where(
        Conflict.round_id == application.round_id,
        Conflict.applicant_id == application.user_id,
        Conflict.reader_id == reader_id,
        Conflict.lifted_at.is_(None),
    )
    return bool(session.scalar(sa.select(found.exists())))


def _add(
    session: Session,
    application: Application,
    origin: Origin,
    viewer: Viewer,
    reason: str,
    now: datetime,
    *,
    reader_id: int | None,
) -> None:
    row = Conflict(
        round_id=application.round_id,
        applicant_id=application.user_id,
        reader_id=reader_id,
        named="",
        origin=origin,
        reason=reason.strip(),
        declared_at=now,
        declared_by_id=viewer.user_id,
        lifted_reason="",
    )
    session.add(row)
    session.flush()
    _record(session, "conflict.declared", application, row, viewer.user_id, now)
    recount(session, _parts(session, application))


def _parts(session: Session, application: Application) -> list[int]:
    rows = session.scalars(
        sa.select(StreamApplication.id).where(StreamApplication.application_id == application.id)
    )
    return list(rows)


def _record(
    session: Session,
    action: str,
    application: Application,
    row: Conflict,
    actor_id: int | None,
    now: datetime,
    reason: str = "",
) -> None:
    """What the log keeps: between whom, by whom. What a person wrote about it is not copied."""
    audit.record(
        session,
        action,
        at=now,
        actor_id=actor_id,
        subject=("application", application.id),
        round_id=application.round_id,
        reason=reason,
        after={
            "conflict": row.id,
            "said_by": row.origin,
            "reader": row.reader_id,
            "mentor": row.mentor_id,
        },
    )


def _say_who(session: Session, application: Application, person_id: int | None) -> None:
    known = person_id is not None and session.get(Person, person_id) is not None
    application.person_id = person_id if known else None


def _replace(
    desk: Desk, application: Application, rows: list[Conflict], named: Named, names: list[str]
) -> None:
    """Make the rows say what was asked for. A conflict that an admin lifted stays lifted."""
    session = desk.session
    known = set(offered(desk.dossier)) | {row.mentor_id for row in rows if row.mentor_id}
    mentors = set(named.mentor_ids) & known
    for row in rows:
        wanted = row.mentor_id in mentors if row.mentor_id else row.named in names
        if row.lifted_at is not None:
            continue
        if not wanted:
            _record(session, "conflict.taken_back", application, row, desk.user.id, desk.at)
            session.delete(row)
        else:
            row.reason = named.reason.strip()
    there = {row.mentor_id for row in rows} | {row.named for row in rows}
    accounts = _accounts(session, mentors)
    for key in sorted(mentors - there):
        _name(desk, application, named.reason, mentor_id=key, reader_id=accounts.get(key))
    for name in names:
        if name not in there:
            _name(desk, application, named.reason, named=name)


def _name(
    desk: Desk,
    application: Application,
    reason: str,
    *,
    mentor_id: int | None = None,
    reader_id: int | None = None,
    named: str = "",
) -> None:
    row = Conflict(
        round_id=application.round_id,
        applicant_id=application.user_id,
        mentor_id=mentor_id,
        reader_id=reader_id,
        named=named,
        origin=Origin.APPLICANT,
        reason=reason.strip(),
        declared_at=desk.at,
        declared_by_id=desk.user.id,
        lifted_reason="",
    )
    desk.session.add(row)
    desk.session.flush()
    _record(desk.session, "conflict.declared", application, row, desk.user.id, desk.at)


def _accounts(session: Session, mentor_ids: Collection[int]) -> dict[int, int]:
    """The accounts of these public profiles, where they have one."""
    rows = session.execute(
        sa.select(Mentor.id, User.id)
        .join(User, User.id == Mentor.user_id)
        .where(Mentor.id.in_(mentor_ids))
    )
    return dict(rows.all())

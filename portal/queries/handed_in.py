"""What was handed in for the tasks of streams, as their readers and admins see it: never what was only saved."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.domain import work_tests as rules
from portal.domain.anonymity import WITHHELD, Identity
from portal.domain.rounds import Arrival
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import (
    Application,
    Extension,
    Round,
    StoredFile,
    Stream,
    StreamApplication,
    WorkTest,
    WorkTestAttempt,
    WorkTestHandIn,
)


@dataclass(frozen=True)
class Given:
    """The newest thing handed in, with the words of the task as they stood then. Without its instant, its file and its
    link while the review is anonymised."""

    title: str
    brief: str
    test_version: int
    text: str
    file: StoredFile | None
    received_at: datetime | None
    arrival: Arrival | None


@dataclass(frozen=True)
class Work:
    """One task and how far an applicant got with it. `begun_at` is the start of the clock of a timed one.

    `due_at` is theirs: extensions are counted in. `minutes` are those of the clock.
    """

    title: str
    brief: str
    words: str
    kind: HandIn
    required: bool
    minutes: int | None
    due_at: datetime | None
    begun_at: datetime | None
    given: Given | None
    begun: bool = False

    @property
    def used(self) -> int | None:
        """Minutes, begun ones counted, from the start of the clock to the hand-in; None without both."""
        if self.minutes is None or self.begun_at is None or self.given is None:
            return None
        if self.given.received_at is None:
            return None
        return -((self.begun_at - self.given.received_at) // timedelta(minutes=1))


def work_of(stream_application_ids: Iterable[int]) -> dict[int, list[Work]]:
    """The tasks of each of these stream applications, in the order of their making. One statement.

    Scoped by the caller, who has found the stream applications for the viewer.
    """
    rows = db.session.execute(
        sa.select(
            StreamApplication.id, WorkTest, WorkTestAttempt, WorkTestHandIn, StoredFile, _due()
        )
        .join(Application, Application.id == StreamApplication.application_id)
        .join(Stream, Stream.id == StreamApplication.stream_id)
        .join(Round, Round.id == Stream.round_id)
        .join(WorkTest, WorkTest.stream_id == Stream.id)
        .outerjoin(
            WorkTestAttempt,
            sa.and_(
                WorkTestAttempt.work_test_id == WorkTest.id,
                WorkTestAttempt.stream_application_id == StreamApplication.id,
            ),
        )
        .outerjoin(WorkTestHandIn, WorkTestHandIn.id == _newest())
        .outerjoin(StoredFile, StoredFile.id == WorkTestHandIn.file_id)
        .where(
            StreamApplication.id.in_(list(stream_application_ids)),
            sa.or_(WorkTest.retired_at.is_(None), WorkTestAttempt.id.is_not(None)),
        )
        .order_by(WorkTest.id)
    )
    found: dict[int, list[Work]] = defaultdict(list)
    for key, test, attempt, given, file, due_at in rows:
        found[key].append(_work(test, attempt, given, file, due_at))
    return found


def anonymous(work: Work, who: Identity) -> Work:
    """The same without what tells of its writer: no instant, no file, no link, and names in the text masked."""
    given = work.given
    if given is not None:
        withheld = work.kind in (HandIn.LINK, HandIn.FILE)
        text = WITHHELD if withheld else who.masked(given.text)
        given = replace(given, text=text, file=None, received_at=None, arrival=None)
    kind = HandIn.TEXT if given is not None else work.kind
    return replace(work, kind=kind, due_at=None, begun_at=None, given=given)


def _newest() -> sa.ScalarSelect[int]:
    given = aliased(WorkTestHandIn)
    newest = sa.select(sa.func.max(given.id)).where(given.attempt_id == WorkTestAttempt.id)
    return newest.correlate(WorkTestAttempt).scalar_subquery()


def _due() -> sa.ColumnElement[datetime]:
    """The SQL form of `domain.work_tests.due`."""
    own = sa.func.coalesce(WorkTest.due_at, Stream.closes_at, Round.closes_at)
    extended = (
        sa.select(sa.func.max(Extension.closes_at))
        .where(
            Extension.user_id == Application.user_id,
            Extension.round_id == Application.round_id,
            sa.or_(Extension.stream_id.is_(None), Extension.stream_id == Stream.id),
        )
        .correlate(Application, Stream)
        .scalar_subquery()
    )
    return sa.type_coerce(
        sa.case((extended > own, extended), else_=own), WorkTest.due_at.type
    ).label("due")


def _work(
    test: WorkTest,
    attempt: WorkTestAttempt | None,
    given: WorkTestHandIn | None,
    file: StoredFile | None,
    due_at: datetime | None,
) -> Work:
    return Work(
        title=test.title,
        brief=test.brief,
        words=rules.in_words(test.hand_in, test.hours, test.minutes),
        kind=test.hand_in,
        required=test.required,
        minutes=test.minutes,
        due_at=due_at,
        begun_at=attempt.started_at if attempt else None,
        begun=attempt is not None,
        given=Given(
            given.title,
            given.brief,
            given.test_version,
            given.text,
            file,
            given.received_at,
            given.arrival,
        )
        if given
        else None,
    )

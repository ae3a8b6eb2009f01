"""Letting in what came too late: in the transaction that grants one person more time, or after everybody got more.

A text goes back into the working copy if the person's deadlines now cover the instant it arrived at and nothing was
saved in its place since. Submitting stays the applicant's own act.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.applications import DIRECTIONS, ApplicationState, Ranking, with_added
from portal.domain.referees import Named
from portal.domain.references import REFERENCES, REQUEST
from portal.domain.rounds import Arrival
from portal.domain.work_tests import test_of
from portal.extensions import db
from portal.models import Application, LateDraft, Round, Stream
from portal.queries import applications as dossiers
from portal.queries.applications import Dossier
from portal.queries.work_tests import OwnTask, task_of
from portal.services.applications import field_names, put_answers, put_ranking
from portal.services.desk import Desk, begun, open_desk, record, unsettled
from portal.services.references import put_named
from portal.services.work import writing
from portal.services.work_tests import put_late

WITHOUT_TEXT = {"submit", "extension", "restore", REQUEST}


def promote(
    session: Session, user_id: int, round_id: int, *, actor_id: int | None, at: datetime
) -> int:
    """Settle the late drafts that a person's deadlines now cover; answers how many.

    Takes part in the caller's transaction, after the extension was added to it. `actor_id` is who granted it.
    """
    session.flush()
    desk = _desk(session, user_id, round_id, actor_id, at)
    settled = 0
    for draft in reversed(unsettled(desk)):  # oldest first: the newest text stands at the end
        desk = _desk(session, user_id, round_id, actor_id, at)
        if not _is_covered(desk.dossier, draft) or _is_overtaken(desk.dossier, draft):
            continue
        _let_in(desk, draft)
        draft.settled_at = at
        session.flush()
        record(desk, "late_draft.let_in", ("late_draft", draft.id), after={"action": draft.action})
        settled += 1
    return settled


def let_in_covered(now: datetime, round_id: int | None = None) -> int:
    """Let in what the later deadline of a round or a stream covers, in one round or in all; answers how many.

    Each person is a transaction of their own, so that hundreds of texts hold no lock together. Repeating it changes
    nothing: a job sees to what an interrupted run left.
    """
    settled = 0
    for person, drafts in groupby(
        _outdated(now, round_id), lambda each: (each.user_id, each.round_id)
    ):
        dossier = dossiers.of(*person)
        if any(_is_covered(dossier, each) and not _is_overtaken(dossier, each) for each in drafts):
            with writing() as session:
                settled += promote(session, *person, actor_id=None, at=now)
    return settled


def _outdated(now: datetime, round_id: int | None) -> Sequence[LateDraft]:
    """Unsettled late drafts whose deadline was moved since, in rounds that are not decided, person by person."""
    later_stream = sa.exists().where(
        Stream.round_id == LateDraft.round_id, Stream.closes_at > LateDraft.closed_at
    )
    chosen = (
        sa.select(LateDraft)
        .join(Round, Round.id == LateDraft.round_id)
        .where(
            LateDraft.settled_at.is_(None),
            sa.or_(Round.released_at.is_(None), Round.released_at > now),
            sa.or_(Round.archived_at.is_(None), Round.archived_at > now),
            sa.or_(Round.closes_at > LateDraft.closed_at, later_stream),
        )
        .order_by(LateDraft.round_id, LateDraft.user_id, LateDraft.id)
    )
    if round_id is not None:
        chosen = chosen.where(LateDraft.round_id == round_id)
    return db.session.scalars(chosen).all()


def _desk(
    session: Session, user_id: int, round_id: int, actor_id: int | None, at: datetime
) -> Desk:
    return replace(open_desk(session, user_id, round_id, at), actor_id=actor_id)


def _is_covered(dossier: Dossier, draft: LateDraft) -> bool:
    """Whether the deadlines that hold now accept what arrived then: the general one, and each stream's it touches."""
    task = _task(dossier, draft)
    if task is not None:
        return task.ends.judge(draft.received_at).accepted
    streams = {draft.stream_id} - {None}
    wanted = set(draft.content.get("offerings", [])) - set(dossier.ranked)
    streams |= {each.stream_id for each in dossier.offerings() if each.id in wanted}
    deadlines = [dossier.deadline_of(dossier.stream(each)) for each in streams if each is not None]
    if not deadlines:
        deadlines = [dossier.general()]
    return all(deadline.judge(draft.received_at).accepted for deadline in deadlines)


def _task(dossier: Dossier, draft: LateDraft) -> OwnTask | None:
    """The work test that a late text was written for, if it was one."""
    test_id = test_of(draft.action)
    return None if test_id is None else task_of(dossier, test_id, draft.received_at)


def _is_overtaken(dossier: Dossier, draft: LateDraft) -> bool:
    """Whether the same section was saved after the late text arrived: then both stay as they are."""
    task = _task(dossier, draft)
    if task is not None:
        return bool(task.attempt and task.attempt.saved_at > draft.received_at)
    saved_at = dossier.saved_at(draft.action)
    return saved_at is not None and saved_at > draft.received_at


def _let_in(desk: Desk, draft: LateDraft) -> None:
    application = desk.dossier.application
    if draft.action == "restore" and application is not None:
        application.state, application.withdrawn_at = ApplicationState.SUBMITTED, None
    if draft.action in WITHOUT_TEXT:
        return
    test_id = test_of(draft.action)
    if test_id is not None:
        put_late(desk, test_id, draft.content)
        return
    application = begun(desk, Arrival.LATE)
    if draft.action == "start":
        ranking = desk.dossier.ranked
        for offering_id in draft.content.get("offerings", []):
            ranking = with_added(ranking, offering_id)
        _rank(desk, application, ranking)
    elif draft.action == REFERENCES:
        # Asking them stays the applicant's own act.
        put_named(desk, Named(**draft.content), Arrival.LATE)
    elif draft.action == DIRECTIONS:
        _rank(desk, application, tuple(draft.content.get("offerings", [])))
    else:
        asked = field_names(desk.dossier, draft.action)
        given = {name: draft.content.get(name, "") for name in asked}
        put_answers(desk, application, draft.action, given, Arrival.LATE)


def _rank(desk: Desk, application: Application, wanted: Ranking) -> None:
    known = {offering.id for offering in desk.dossier.offerings()}
    ranking = tuple(each for each in wanted if each in known)[: desk.dossier.round.max_choices]
    if ranking != desk.dossier.ranked:
        put_ranking(desk, application, ranking, Arrival.LATE)

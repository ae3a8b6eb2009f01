"""One application in one round, on a real database and in the model, and what all its acts need."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from portal.domain.permissions import Viewer
from portal.domain.rounds import DEFAULT_GRACE
from portal.extensions import db
from portal.models import LateDraft, OutboxMessage, Stream
from portal.queries import applications as dossiers
from portal.queries.invariants import broken
from portal.queries.viewers import viewer_of
from portal.services import applications, submissions
from portal.services.desk import Late
from tests.conftest import NOW
from tests.services.life.model import STREAMS, Model
from tests.support.applicant import MAIL, write
from tests.support.builders import Builder
from tests.support.databases import pinned

TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
WHICH = st.sampled_from(STREAMS)


class Stage(RuleBasedStateMachine):
    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self._pinned = pinned(self.app)
        self._pinned.__enter__()
        self.make = Builder(NOW)
        self.count = 0

    def teardown(self) -> None:
        try:
            assert [str(each) for each in broken(db.session())] == []
        finally:
            self._pinned.__exit__(None, None, None)

    @initialize()
    def begins(self) -> None:
        round_ = self.make.round()
        early = self.make.stream(round_, questions=["Why?"], closes_at=NOW + 24 * HOUR)
        usual = self.make.stream(round_, questions=["How?"])
        self.streams: dict[str, Stream] = {"early": early, "usual": usual}
        self.readers = {
            name: viewer_of(self.make.member(stream), NOW) for name, stream in self.streams.items()
        }
        self.round_id, self.admin = round_.id, Viewer(self.make.admin().id, is_admin=True)
        self.user, self.other = self.make.user("Iris Okafor"), self.make.user("Bo Lin")
        write(self.user, round_, early, usual)
        assert round_.closes_at is not None
        self.model = Model(
            NOW,
            round_.closes_at,
            {"early": NOW + 24 * HOUR},
            interests="Whether models know what they do not know.",
            answers={"early": "Before.", "usual": "Before."},
            ranked=list(STREAMS),
        )

    # -- what is there ---------------------------------------------------------------------

    def dossier(self) -> dossiers.Dossier:
        return dossiers.of(self.user.id, self.round_id)

    def kept(self) -> list[LateDraft]:
        """What came too late, or was asked for, and is not settled."""
        unsettled = sa.select(LateDraft).where(LateDraft.settled_at.is_(None))
        return list(db.session.scalars(unsettled.order_by(LateDraft.id)))

    def letters(self, kind: str) -> list[str | None]:
        of_kind = sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.kind == kind)
        return sorted(db.session.scalars(of_kind), key=str)

    # -- what is tried, and how its answer must be -------------------------------------------

    def saves(self, slug: str, field: str, text: str, version: int | None = None) -> object:
        stands = self.dossier().version(slug)
        return applications.save_section(
            self.user.id,
            self.round_id,
            slug,
            {field: text},
            stands if version is None else version,
            received_at=self.model.now,
        )

    def judged(self, answer: object, taken: bool, text: str) -> None:
        """A late text is kept word for word, beside the deadline it missed."""
        assert isinstance(answer, Late) == (not taken)
        if isinstance(answer, Late):
            kept = db.session.get_one(LateDraft, answer.draft_id)
            assert text in kept.content.values()
            assert kept.received_at <= self.model.now
            if self.model.released_at is None:
                assert kept.closed_at + DEFAULT_GRACE <= kept.received_at
            assert kept.closed_at <= kept.received_at

    def press(self, key: str, **more: Any) -> object:
        now = self.model.now
        return submissions.submit(
            self.user.id, self.round_id, key, MAIL, received_at=now, recorded_at=now + TICK, **more
        )

    def new_key(self) -> str:
        self.count += 1
        return f"a-key-{self.count:04}"

    def new_text(self) -> str:
        self.count += 1
        return f"Written as number {self.count}."

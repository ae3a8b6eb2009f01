"""An application's life as a state machine: any order of what people do, against `model.py`, on a real database.

After each step it is compared with all that is stored of the application; at the end of each life every rule of
`portal check-invariants` is asked. PORTAL_TEST_EXAMPLES and PORTAL_TEST_STEPS make it look longer than usual.
What it found so far stands in docs/decisions/receipts.md.
"""

import os
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal.domain.decisions import Release
from portal.domain.permissions import Viewer
from portal.domain.rounds import DEFAULT_GRACE
from portal.domain.submissions import read
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import (
    Application,
    Decision,
    LateDraft,
    OutboxMessage,
    Stream,
    StreamApplication,
    Submission,
)
from portal.queries import applications as dossiers
from portal.queries import release as looking
from portal.queries.invariants import broken
from portal.queries.reviews import visible_to
from portal.queries.viewers import viewer_of
from portal.services import (
    applications,
    extensions,
    late_drafts,
    release,
    round_dates,
    streams,
    submissions,
)
from portal.services.desk import Late
from portal.services.late_drafts import Asked
from portal.services.release import Released
from portal.services.submissions import Receipt
from tests.conftest import NOW
from tests.services.life.model import STREAMS, Model
from tests.support.applicant import MAIL, write
from tests.support.builders import Builder
from tests.support.databases import pinned

TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
TEXTS = st.sampled_from(["One.", "Two words.", "A third text."])
WHICH = st.sampled_from(STREAMS)
SOME_HOURS = st.sampled_from([1, 30])


class Life(RuleBasedStateMachine):
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

    # -- time ----------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 20, 100]))
    def time_passes(self, hours: int) -> None:
        self.model.now += hours * HOUR

    @rule(
        off=st.sampled_from([timedelta(), TICK, -TICK]),
        nth=st.integers(0, 3),
        then=st.sampled_from(["writes", "submits", "waits"]),
    )
    def an_instant_comes_near(self, off: timedelta, nth: int, then: str) -> None:
        """That is when something is tried, as by many people."""
        ahead = [at + off for at in self.model.instants() if at + off > self.model.now]
        if ahead:
            self.model.now = ahead[min(nth, len(ahead) - 1)]
        if then == "writes":
            self.saves_interests(f"Written in moment {nth}.")
        if then == "submits":
            self.submits_now()

    # -- the applicant -------------------------------------------------------------------------

    def dossier(self) -> dossiers.Dossier:
        return dossiers.of(self.user.id, self.round_id)

    def saves(self, slug: str, field: str, text: str) -> object:
        given, version = {field: text}, self.dossier().version(slug)
        return applications.save_section(
            self.user.id, self.round_id, slug, given, version, received_at=self.model.now
        )

    @rule(text=TEXTS)
    def writes_what_all_read(self, text: str) -> None:
        self.saves_interests(text)

    def saves_interests(self, text: str) -> None:
        taken = self.model.takes(*STREAMS)
        self.judged(self.saves("interests", "interests", text), taken, text)
        self.model.writes("interests", text, None, taken)

    @rule(name=WHICH, text=TEXTS)
    def answers_a_stream(self, name: str, text: str) -> None:
        stream, taken = self.streams[name], self.model.takes(name)
        answer = self.saves(f"stream-{stream.slug}", f"q{stream.questions[0].id}", text)
        self.judged(answer, taken, text)
        self.model.writes(name, text, name, taken)

    @rule(wanted=st.permutations(STREAMS), length=st.integers(1, 2))
    def ranks(self, wanted: list[str], length: int) -> None:
        wanted, model = wanted[:length], self.model
        added = [name for name in wanted if name not in model.ranked]
        in_time = model.takes(*STREAMS)
        closed = [name for name in added if not model.takes(name)] if in_time else []
        answer = applications.save_ranking(
            self.user.id,
            self.round_id,
            [self.streams[name].offerings[0].id for name in wanted],
            self.dossier().version("directions"),
            received_at=model.now,
        )
        taken = in_time and not closed
        assert isinstance(answer, Late) == (not taken)
        model.writes("ranked", tuple(wanted), closed[0] if closed else None, taken)

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

    def press(self, key: str) -> object:
        now = self.model.now
        return submissions.submit(
            self.user.id, self.round_id, key, MAIL, received_at=now, recorded_at=now + TICK
        )

    @rule()
    def submits(self) -> None:
        self.submits_now()

    def submits_now(self) -> None:
        model, self.count = self.model, self.count + 1
        key = f"a-key-{self.count:04}"
        repeats, taken = model.only_repeats(), model.takes(*model.concerned())
        answer = self.press(key)
        if repeats:
            assert answer == Receipt(model.sent[-1].number)
        elif not taken:
            assert isinstance(answer, Late)
        elif model.withdrawn:
            assert isinstance(answer, Refused)
        else:
            assert isinstance(answer, Receipt), answer
            model.submitted(answer.number, key)

    @precondition(lambda self: self.model.keys)
    @rule(data=st.data())
    def presses_an_old_page_again(self, data: Any) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.keys)))
        assert self.press(key) == Receipt(self.model.keys[key])

    @rule()
    def withdraws(self) -> None:
        model = self.model
        answer = applications.withdraw(self.user.id, self.round_id, MAIL, received_at=model.now)
        possible = bool(model.sent) and (model.released_at is None or model.withdrawn)
        assert isinstance(answer, Refused) == (not possible)
        model.withdrawn = model.withdrawn or possible

    @precondition(lambda self: self.model.withdrawn)
    @rule()
    def undoes_the_withdrawal(self) -> None:
        taken = self.model.takes(*STREAMS)
        answer = applications.restore(self.user.id, self.round_id, received_at=self.model.now)
        assert isinstance(answer, Late) == (not taken)
        self.model.writes("restore", None, None, taken)

    @rule(named=st.booleans(), nth=st.integers(0, 3))
    def asks_for_more_time(self, named: bool, nth: int) -> None:
        """Beside a text that came too late, or without one, for all that is closed. Never twice at one instant."""
        self.model.now += TICK
        model, kept = self.model, self.kept()
        draft = kept[nth % len(kept)].id if named and kept else None
        missed = bool(kept) or not all(map(model.covers, model.ranked))
        answer = late_drafts.ask_for_extension(
            self.user.id, self.round_id, draft, "The train stood.", received_at=model.now
        )
        assert isinstance(answer, Asked) == (missed and model.released_at is None)
        if isinstance(answer, Asked):
            asked = db.session.get_one(LateDraft, answer.draft_id)
            assert draft in (None, asked.id)
            assert asked.extension_asked_at == model.now
            assert asked.extension_reason == "The train stood."

    def kept(self) -> list[LateDraft]:
        """What came too late, or was asked for, and is not settled."""
        unsettled = sa.select(LateDraft).where(LateDraft.settled_at.is_(None))
        return list(db.session.scalars(unsettled.order_by(LateDraft.id)))

    # -- the programme -------------------------------------------------------------------------

    @rule(hours=SOME_HOURS, with_early=st.booleans())
    def extends_the_round(self, hours: int, with_early: bool) -> None:
        model = self.model
        until = model.last() + hours * HOUR
        ids = [self.streams["early"].id] if with_early else []
        answer = round_dates.extend(
            self.admin, self.round_id, until, stream_ids=ids, reason="Storm", now=model.now
        )
        assert isinstance(answer, Refused) == (model.released_at is not None)
        if answer is None:
            model.round_closes = until
            model.own.update({"early": until} if with_early else {})

    @rule(name=WHICH, hours=st.sampled_from([-1, 1, 30]))
    def moves_the_deadline_of_one_stream(self, name: str, hours: int) -> None:
        model, stream = self.model, db.session.get_one(Stream, self.streams[name].id)
        until = model.everybodys(name) + hours * HOUR
        answer = streams.edit_limits(
            self.admin, stream.id, str(stream.version),
            places=stream.places, closes_at=until, reason="Storm", now=model.now,
        )  # fmt: skip
        assert isinstance(answer, Refused) == (hours < 0 or model.released_at is not None), answer
        if answer is None:
            model.own[name] = until

    @rule()
    def closes_at_once(self) -> None:
        model = self.model
        answer = round_dates.close_now(self.admin, self.round_id, reason="Over", now=model.now)
        assert isinstance(answer, Refused) == (not model.is_open)
        model.round_closes = (
            min(model.round_closes, model.now) if model.is_open else model.round_closes
        )
        if answer is None:
            model.own = {name: min(at, model.now) for name, at in model.own.items()}

    @rule(who=st.sampled_from([*STREAMS, "all"]), hours=SOME_HOURS, to_other=st.booleans())
    def grants_one_person_more_time(self, who: str, hours: int, to_other: bool) -> None:
        """It serves that person, in these streams. What it covers of theirs is let in."""
        model = self.model
        until = model.last() + hours * HOUR
        stream_id = None if who == "all" else self.streams[who].id
        person = self.other if to_other else self.user
        answer = extensions.grant_extension(
            self.admin, self.round_id, person.id, stream_id, until, reason="Asked", now=model.now
        )
        if model.released_at is not None:
            assert isinstance(answer, Refused)
        elif not to_other:
            assert isinstance(answer, int), answer
            model.granted[who] = until
            model.lets_in()

    @rule()
    def declines_what_was_asked(self) -> None:
        """The request is answered once, by one letter; what was kept stays kept."""
        kept = self.kept()
        waiting = any(each.extension_asked_at for each in kept)
        letters = self.letters("extension_declined")
        answer = extensions.decline_extension(
            self.admin, self.round_id, self.user.id, reason="No", now=self.model.now
        )
        assert isinstance(answer, Refused) == (not waiting)
        assert [each.id for each in self.kept()] == [each.id for each in kept]
        assert not any(each.extension_asked_at for each in self.kept())
        assert len(self.letters("extension_declined")) == len(letters) + waiting

    @rule()
    def releases_the_decisions(self) -> None:
        """Not while the round is open, not for nobody, and once."""
        model, facts = self.model, looking.facts(self.round_id)
        told = int(bool(model.reads) and not model.withdrawn)
        asked = Release(told, decline_undecided=True, seen=facts.mark)
        answer = release.release(self.admin, self.round_id, asked, now=model.now)
        if model.released_at is not None:
            assert answer == Released(model.released_at, 0)
        elif model.is_open or not told:
            assert isinstance(answer, Refused)
        else:
            assert answer == Released(model.now, told)
            model.released_at = model.now
        decided = db.session.scalar(sa.select(sa.func.count()).select_from(Decision))
        assert decided == (len(model.reads) if model.released_at else 0)

    # -- what must hold after each step ----------------------------------------------------------

    @invariant()
    def what_was_acknowledged_is_there_word_for_word_with_one_letter_each(self) -> None:
        model = self.model
        kept = db.session.scalars(sa.select(Submission).order_by(Submission.id)).all()
        assert [each.number for each in kept] == [each.number for each in model.sent]
        names = {stream.id: name for name, stream in self.streams.items()}
        for row, sent in zip(kept, model.sent, strict=True):
            content = read(row.content)
            assert (row.received_at, row.arrival == "in_grace") == (sent.received_at, sent.in_grace)
            assert content.answer("interests", "interests") == sent.interests
            assert [names[choice.stream_id] for choice in content.choices] == sent.ranked
            given = {names[part.stream_id]: part.answers[0].answer for part in content.streams}
            assert given == sent.answers
        assert self.letters("receipt") == sorted(f"receipt:{each.number}" for each in model.sent)

    def letters(self, kind: str) -> list[str | None]:
        of_kind = sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.kind == kind)
        return sorted(db.session.scalars(of_kind), key=str)

    @invariant()
    def readers_see_the_newest_that_met_their_deadline_and_nothing_withdrawn(self) -> None:
        model = self.model
        for name, reader in self.readers.items():
            seen = db.session.scalars(
                sa.select(Submission.number)
                .join(StreamApplication, StreamApplication.submission_id == Submission.id)
                .join(Application, Application.id == StreamApplication.application_id)
                .where(visible_to(reader))
            ).all()
            expected = model.reads.get(name) if not model.withdrawn else None
            assert list(seen) == ([expected] if expected else [])

    @invariant()
    def the_working_copy_is_what_was_last_saved_and_late_text_is_beside_it(self) -> None:
        dossier, model = self.dossier(), self.model
        assert (dossier.answers("interests") or {})["interests"] == model.interests
        for name, stream in self.streams.items():
            answers = dossier.answers(f"stream-{stream.slug}") or {}
            assert answers[f"q{stream.questions[0].id}"] == model.answers[name]
        ids = [self.streams[name].offerings[0].id for name in model.ranked]
        assert list(dossier.ranked) == ids
        assert dossier.application is not None
        assert (dossier.application.state == "withdrawn") == model.withdrawn
        texts = {"interests", *(f"stream-{stream.slug}" for stream in self.streams.values())}
        kept = [next(iter(d.content.values())) for d in self.kept() if d.action in texts]
        written = [each.value for each in model.late if each.what not in ("ranked", "restore")]
        assert sorted(kept) == sorted(written)


def test_any_life_of_an_application_keeps_the_rules(app: Flask) -> None:
    Life.app = app
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=int(os.environ.get("PORTAL_TEST_EXAMPLES", "10")),
            stateful_step_count=int(os.environ.get("PORTAL_TEST_STEPS", "20")),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

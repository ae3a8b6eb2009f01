"""An application's life as a state machine: any order of what people do, against a model written from docs/rules.md.

The model knows plain values only. PORTAL_TEST_EXAMPLES and PORTAL_TEST_STEPS make it look longer than usual.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

from portal.domain.permissions import Viewer
from portal.domain.rounds import DEFAULT_GRACE
from portal.domain.submissions import read
from portal.extensions import db
from portal.models import (
    Application,
    LateDraft,
    OutboxMessage,
    Stream,
    StreamApplication,
    Submission,
)
from portal.queries import applications as dossiers
from portal.queries.invariants import broken
from portal.services import applications, extensions, late_drafts, round_dates, submissions
from portal.services.desk import Late
from portal.services.late_drafts import Asked
from portal.services.submissions import Incomplete, Receipt
from tests.conftest import NOW
from tests.services.test_submissions import MAIL, write
from tests.support.builders import Builder
from tests.support.databases import pinned

TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
TEXTS = st.sampled_from(["One.", "Two words.", "A third text."])
WHICH = st.sampled_from(["early", "usual"])


@dataclass
class Sent:
    """What the model remembers of an acknowledged submission."""

    number: str
    received_at: datetime
    interests: str
    answers: dict[str, str]
    ranked: list[str]


@dataclass
class Model:
    """What must be so. Streams go by name: "early" has a deadline of its own, "usual" the round's."""

    now: datetime
    round_closes: datetime
    early_closes: datetime
    granted: dict[str, datetime] = field(default_factory=dict)
    interests: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    ranked: list[str] = field(default_factory=list)
    withdrawn: bool = False
    sent: list[Sent] = field(default_factory=list)
    reads: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    late: list[tuple[str, Any, datetime]] = field(default_factory=list)
    saved: dict[str, datetime] = field(default_factory=dict)

    def closes(self, name: str) -> datetime:
        own = self.early_closes if name == "early" else self.round_closes
        return max([own, *(at for who, at in self.granted.items() if who in (name, "all"))])

    def takes(self, *names: str, at: datetime | None = None) -> bool:
        """Whether what arrived `at` (now) met the latest of these streams' deadlines, its grace included."""
        return (at or self.now) < max(map(self.closes, names)) + DEFAULT_GRACE

    def writes(self, what: str, value: Any, taken: bool) -> None:
        """Something arrived: it stands in the working copy, or apart from it, once for the same words."""
        if taken:
            self.put(what, value, self.now)
        elif (what, value) not in [(each[0], each[1]) for each in self.late]:
            self.late.append((what, value, self.now))

    def put(self, what: str, value: Any, at: datetime) -> None:
        if what == "interests":
            self.interests = value
        elif what == "ranked":
            self.ranked = list(value)
        elif what == "restore":
            self.withdrawn = False
        else:
            self.answers[what] = value
        self.saved[what] = at

    def lets_in(self) -> None:
        """After a grant: what the deadlines now cover, unless something was saved in its place since."""
        for entry in sorted(self.late, key=lambda each: each[2]):
            what, value, at = entry
            names = [what] if what in ("early", "usual") else ["early", "usual"]
            covered = self.takes(*names, at=at)
            if what == "ranked":
                added = [name for name in value if name not in self.ranked]
                covered = all(self.takes(name, at=at) for name in added) if added else covered
            overtaken = what != "restore" and self.saved.get(what, at) > at
            if covered and not overtaken:
                self.late.remove(entry)
                self.put(what, value, self.now)

    def instants(self) -> list[datetime]:
        """The instants around which rules change: each deadline and the end of its grace."""
        closes = {self.closes("early"), self.closes("usual")}
        return sorted(closes | {at + DEFAULT_GRACE for at in closes})


class Life(RuleBasedStateMachine):
    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self._pinned = pinned(self.app)
        self._pinned.__enter__()
        self.make = Builder(NOW)
        self.count = 0

    def teardown(self) -> None:
        self._pinned.__exit__(None, None, None)

    @initialize()
    def begins(self) -> None:
        round_ = self.make.round()
        early = self.make.stream(round_, questions=["Why?"], closes_at=NOW + 24 * HOUR)
        usual = self.make.stream(round_, questions=["How?"])
        self.streams: dict[str, Stream] = {"early": early, "usual": usual}
        self.round_id, self.admin = round_.id, Viewer(self.make.admin().id, is_admin=True)
        self.user = self.make.user("Iris Okafor")
        write(self.user, round_, early, usual)
        assert round_.closes_at is not None
        self.model = Model(
            NOW,
            round_.closes_at,
            NOW + 24 * HOUR,
            interests="Whether models know what they do not know.",
            answers={"early": "Before.", "usual": "Before."},
            ranked=["early", "usual"],
        )

    # -- time ----------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 20, 100]))
    def time_passes(self, hours: int) -> None:
        self.model.now += hours * HOUR

    @rule(off=st.sampled_from([-TICK, timedelta(), TICK]), nth=st.integers(0, 3))
    def an_instant_comes_near(self, off: timedelta, nth: int) -> None:
        ahead = [at + off for at in self.model.instants() if at + off > self.model.now]
        if ahead:
            self.model.now = ahead[min(nth, len(ahead) - 1)]

    # -- the applicant -------------------------------------------------------------------------

    def dossier(self) -> dossiers.Dossier:
        return dossiers.of(self.user.id, self.round_id)

    @rule(text=TEXTS)
    def writes_what_all_read(self, text: str) -> None:
        taken = self.model.takes("early", "usual")
        answer = applications.save_section(
            self.user.id,
            self.round_id,
            "interests",
            {"interests": text},
            self.dossier().version("interests"),
            received_at=self.model.now,
        )
        self.judged(answer, taken, text)
        self.model.writes("interests", text, taken)

    @rule(name=WHICH, text=TEXTS)
    def answers_a_stream(self, name: str, text: str) -> None:
        stream = self.streams[name]
        slug, taken = f"stream-{stream.slug}", self.model.takes(name)
        answer = applications.save_section(
            self.user.id,
            self.round_id,
            slug,
            {f"q{stream.questions[0].id}": text},
            self.dossier().version(slug),
            received_at=self.model.now,
        )
        self.judged(answer, taken, text)
        self.model.writes(name, text, taken)

    @rule(wanted=st.permutations(["early", "usual"]), length=st.integers(1, 2))
    def ranks(self, wanted: list[str], length: int) -> None:
        wanted = wanted[:length]
        added = [name for name in wanted if name not in self.model.ranked]
        taken = self.model.takes("early", "usual") and all(map(self.model.takes, added))
        answer = applications.save_ranking(
            self.user.id,
            self.round_id,
            [self.streams[name].offerings[0].id for name in wanted],
            self.dossier().version("directions"),
            received_at=self.model.now,
        )
        assert isinstance(answer, Late) == (not taken)
        self.model.writes("ranked", tuple(wanted), taken)

    def judged(self, answer: object, taken: bool, text: str) -> None:
        """A late text is kept word for word, and nothing else of it anywhere."""
        assert isinstance(answer, Late) == (not taken)
        if isinstance(answer, Late):
            kept = db.session.get(LateDraft, answer.draft_id)
            assert kept is not None
            assert text in kept.content.values()
            assert kept.received_at <= self.model.now
            assert kept.closed_at + DEFAULT_GRACE <= kept.received_at

    def press(self, key: str) -> object:
        return submissions.submit(
            self.user.id,
            self.round_id,
            key,
            MAIL,
            received_at=self.model.now,
            recorded_at=self.model.now + TICK,
        )

    @rule()
    def submits(self) -> None:
        model, self.count = self.model, self.count + 1
        key = f"a-key-{self.count:04}"
        before = model.sent[-1] if model.sent else None
        concerned = {*model.ranked, *(before.ranked if before else [])}
        same = before is not None and (before.interests, before.ranked) == (
            model.interests,
            model.ranked,
        ) and all(before.answers[name] == model.answers[name] for name in model.ranked)  # fmt: skip
        read_by_all = before is not None and all(
            model.reads.get(name) == before.number for name in model.ranked if model.takes(name)
        )
        answer = self.press(key)
        if before and same and read_by_all and not model.withdrawn:
            assert answer == Receipt(before.number)
        elif not model.takes(*concerned):
            assert isinstance(answer, Late)
        elif model.withdrawn:
            assert not isinstance(answer, Receipt | Late | Incomplete)
        else:
            assert isinstance(answer, Receipt), answer
            self.sent(answer.number, key)

    def sent(self, number: str, key: str) -> None:
        model = self.model
        model.keys[key] = number
        answers = {name: model.answers[name] for name in model.ranked}
        model.sent.append(Sent(number, model.now, model.interests, answers, list(model.ranked)))
        model.reads = {name: got for name, got in model.reads.items() if name in model.ranked}
        model.reads.update({name: number for name in model.ranked if model.takes(name)})

    @precondition(lambda self: self.model.keys)
    @rule(data=st.data())
    def presses_an_old_page_again(self, data: Any) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.keys)))
        assert self.press(key) == Receipt(self.model.keys[key])

    @rule()
    def withdraws(self) -> None:
        applications.withdraw(self.user.id, self.round_id, MAIL, received_at=self.model.now)
        self.model.withdrawn = self.model.withdrawn or bool(self.model.sent)

    @precondition(lambda self: self.model.withdrawn)
    @rule()
    def undoes_the_withdrawal(self) -> None:
        taken = self.model.takes("early", "usual")
        answer = applications.restore(self.user.id, self.round_id, received_at=self.model.now)
        assert isinstance(answer, Late) == (not taken)
        if taken:
            self.model.withdrawn = False
        else:
            self.model.writes("restore", None, taken)

    @rule()
    def asks_for_more_time(self) -> None:
        missed = not self.model.takes(*self.model.ranked) or not all(
            map(self.model.takes, self.model.ranked)
        )
        answer = late_drafts.ask_for_extension(
            self.user.id, self.round_id, None, "The train stood.", received_at=self.model.now
        )
        if missed:
            assert isinstance(answer, Asked)

    # -- the programme -------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 30]), with_early=st.booleans())
    def extends_the_round(self, hours: int, with_early: bool) -> None:
        model = self.model
        until = max(model.now, model.round_closes, model.early_closes) + hours * HOUR
        ids = [self.streams["early"].id] if with_early else []
        answer = round_dates.extend(
            self.admin, self.round_id, until, stream_ids=ids, reason="Storm", now=model.now
        )
        assert answer is None
        model.round_closes = until
        model.early_closes = until if with_early else model.early_closes

    @rule()
    def closes_at_once(self) -> None:
        model = self.model
        answer = round_dates.close_now(self.admin, self.round_id, reason="Over", now=model.now)
        if answer is None:
            model.round_closes = min(model.round_closes, model.now)
            model.early_closes = min(model.early_closes, model.now)

    @rule(who=st.sampled_from(["early", "usual", "all"]), hours=st.sampled_from([1, 30]))
    def grants_one_person_more_time(self, who: str, hours: int) -> None:
        model = self.model
        until = max(model.now, *map(model.closes, ("early", "usual"))) + hours * HOUR
        stream_id = None if who == "all" else self.streams[who].id
        answer = extensions.grant_extension(
            self.admin, self.round_id, self.user.id, stream_id, until,
            reason="Asked for", now=model.now,
        )  # fmt: skip
        assert isinstance(answer, int), answer
        model.granted[who] = until
        model.lets_in()

    @rule()
    def declines_what_was_asked(self) -> None:
        extensions.decline_extension(
            self.admin, self.round_id, self.user.id, reason="No", now=self.model.now
        )

    # -- what must hold, always ----------------------------------------------------------------

    @invariant()
    def no_rule_of_the_database_is_broken(self) -> None:
        assert [str(each) for each in broken(db.session())] == []

    @invariant()
    def what_was_acknowledged_is_there_and_readers_see_the_newest_in_time(self) -> None:
        model = self.model
        kept = db.session.scalars(sa.select(Submission).order_by(Submission.id)).all()
        assert [each.number for each in kept] == [each.number for each in model.sent]
        for row, sent in zip(kept, model.sent, strict=True):
            content = read(row.content)
            assert row.received_at == sent.received_at
            assert content.answer("interests", "interests") == sent.interests
            names = {stream.id: name for name, stream in self.streams.items()}
            assert [names[choice.stream_id] for choice in content.choices] == sent.ranked
            given = {names[part.stream_id]: part.answers[0].answer for part in content.streams}
            assert given == sent.answers
        rows = db.session.execute(
            sa.select(StreamApplication.stream_id, Submission.number).join(
                Submission, Submission.id == StreamApplication.submission_id
            )
        )
        seen = {row[0]: row[1] for row in rows}
        assert seen == {self.streams[name].id: number for name, number in model.reads.items()}

    @invariant()
    def one_letter_for_each_receipt(self) -> None:
        letters = sa.select(OutboxMessage.dedupe_key).where(OutboxMessage.kind == "receipt")
        assert sorted(db.session.scalars(letters)) == sorted(
            f"receipt:{each.number}" for each in self.model.sent
        )

    @invariant()
    def the_working_copy_is_what_was_last_saved(self) -> None:
        dossier = self.dossier()
        model = self.model
        assert (dossier.answers("interests") or {})["interests"] == model.interests
        for name, stream in self.streams.items():
            answers = dossier.answers(f"stream-{stream.slug}") or {}
            assert answers[f"q{stream.questions[0].id}"] == model.answers[name]
        ids = [self.streams[name].offerings[0].id for name in model.ranked]
        assert list(dossier.ranked) == ids
        state = db.session.scalars(sa.select(Application.state)).one()
        assert (state == "withdrawn") == model.withdrawn


def test_any_life_of_an_application_keeps_the_rules(app: Flask) -> None:
    Life.app = app
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=int(os.environ.get("PORTAL_TEST_EXAMPLES", "8")),
            stateful_step_count=int(os.environ.get("PORTAL_TEST_STEPS", "15")),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

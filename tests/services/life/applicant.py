"""What an applicant does, at any time."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import LateDraft
from portal.services import applications, late_drafts
from portal.services.applications import StaleSection
from portal.services.desk import Late
from portal.services.late_drafts import Asked
from portal.services.submissions import Receipt
from tests.services.life.model import STREAMS
from tests.services.life.stage import HOUR, TICK, WHICH, Stage
from tests.support.applicant import MAIL

TEXTS = st.sampled_from(["One.", "Two words.", "A third text."])
SIDES = (-TICK, timedelta(), TICK)
TRIES = st.sampled_from(["saves", "answers", "submits"])


class Applicant(Stage):
    # -- time ----------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 20, 100]))
    def time_passes(self, hours: int) -> None:
        self.model.now += hours * HOUR

    @rule(off=st.sampled_from(SIDES), nth=st.integers(0, 3), then=TRIES)
    def an_instant_comes_near(self, off: timedelta, nth: int, then: str) -> None:
        """That is when something is tried, as by many people."""
        ahead = [at + off for at in self.model.instants() if at + off > self.model.now]
        self.saves_interests(self.new_text())
        if ahead:
            self.model.now = ahead[min(nth, len(ahead) - 1)]
        self.tries(then)

    @rule(nth=st.integers(0, 3), what=TRIES)
    def tries_on_each_side_of_an_instant(self, nth: int, what: str) -> None:
        """One microsecond before a deadline or the end of its grace, on it, and one after it."""
        ahead = [at for at in self.model.instants() if at - TICK > self.model.now]
        if not ahead:
            return
        instant = ahead[min(nth, len(ahead) - 1)]
        self.saves_interests(self.new_text())
        for off in SIDES:
            self.model.now = instant + off
            self.tries(what)

    def tries(self, what: str) -> None:
        """With words of its own each time, so that nothing is a repetition: a submit finds what was saved before it."""
        if what == "saves":
            self.saves_interests(self.new_text())
        if what == "answers":
            for name in STREAMS:
                self.saves_an_answer(name, self.new_text())
        if what == "submits":
            self.submits()
            self.saves_interests(self.new_text())

    # -- writing -------------------------------------------------------------------------------

    @rule(text=TEXTS)
    def saves_interests(self, text: str) -> None:
        taken = self.model.takes(*STREAMS)
        self.judged(self.saves("interests", "interests", text), taken, text)
        self.model.writes("interests", text, None, taken)

    @rule(name=WHICH, text=TEXTS)
    def saves_an_answer(self, name: str, text: str) -> None:
        stream, taken = self.streams[name], self.model.takes(name)
        answer = self.saves(f"stream-{stream.slug}", f"q{stream.questions[0].id}", text)
        self.judged(answer, taken, text)
        self.model.writes(name, text, name, taken)

    @rule()
    def saves_from_an_older_page(self) -> None:
        """What stands is not written over; after the deadline the text is kept as any other."""
        text, taken = self.new_text(), self.model.takes(*STREAMS)
        version = self.dossier().version("interests")
        answer = self.saves("interests", "interests", text, version - 1)
        if taken:
            assert isinstance(answer, StaleSection)
            assert answer.answers["interests"] == self.model.interests
        else:
            self.judged(answer, taken, text)
            self.model.writes("interests", text, None, taken)

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

    # -- submitting ----------------------------------------------------------------------------

    @rule()
    def submits(self) -> None:
        model, key = self.model, self.new_key()
        repeats, taken = model.only_repeats(), model.takes(*model.concerned())
        answer = self.press(key)
        if repeats:
            assert answer == Receipt(model.sent[-1].number)
        elif not taken:
            assert isinstance(answer, Late)
            model.writes("submit", model.copy(), None, taken)
        elif model.withdrawn:
            assert isinstance(answer, Refused)
        else:
            assert isinstance(answer, Receipt), answer
            model.submitted(answer.number, key)

    @precondition(lambda self: self.model.keys)
    @rule(data=st.data())
    def presses_an_old_page_again(self, data: Any) -> None:
        self.presses_again(data.draw(st.sampled_from(sorted(self.model.keys))))

    def presses_again(self, key: str) -> None:
        assert self.press(key) == Receipt(self.model.keys[key])

    @precondition(lambda self: self.model.sent)
    @rule(since=st.sampled_from(["more", "moved", "withdrawn"]))
    def submits_again_and_presses_the_first_page(self, since: str) -> None:
        """Whatever was written, ranked or taken back since, its page is answered with the receipt that it made."""
        first = next(iter(self.model.keys))
        self.saves_interests(self.new_text())
        if since == "moved":
            self.ranks(self.model.ranked[::-1], len(self.model.ranked))
        self.submits()
        if since == "withdrawn":
            self.withdraws()
        self.saves_interests(self.new_text())
        self.presses_again(first)

    @precondition(lambda self: self.model.let_in)
    @rule(nth=st.integers(0, 2), then_edits=st.booleans())
    def submits_what_was_let_in(self, nth: int, then_edits: bool) -> None:
        """By the one press beside it. The page may be an old one, or have been open while something was changed."""
        model, key = self.model, self.new_key()
        if then_edits:
            model.now += TICK
            self.saves_interests(self.new_text())
        shown = sorted({each.at for each in model.let_in}, reverse=True)
        shown_at = shown[min(nth, len(shown) - 1)]
        repeats, taken = model.only_repeats(), model.takes(*model.concerned())
        as_sent = model.as_sent() == shown_at
        answer = self.press(key, as_sent_at=shown_at)
        if repeats:
            assert answer == Receipt(model.sent[-1].number)
        elif not taken:
            assert isinstance(answer, Late)
            model.writes("submit", model.copy(), None, taken)
        elif not as_sent or model.withdrawn:
            assert isinstance(answer, Refused)
        else:
            assert isinstance(answer, Receipt), answer
            model.submitted(answer.number, key)
            self.presses_again(key)

    # -- taking it back ------------------------------------------------------------------------

    @rule()
    def withdraws(self) -> None:
        """Until the release; told by one letter for each instant at which it happened."""
        model = self.model
        answer = applications.withdraw(self.user.id, self.round_id, MAIL, received_at=model.now)
        possible = bool(model.sent) and (model.released_at is None or model.withdrawn)
        assert isinstance(answer, Refused) == (not possible)
        if possible and not model.withdrawn:
            model.withdrawn_at.add(model.now)
        assert len(self.letters("withdrawn")) == len(model.withdrawn_at)
        model.withdrawn = model.withdrawn or possible

    @precondition(lambda self: self.model.withdrawn)
    @rule()
    def undoes_the_withdrawal(self) -> None:
        taken = self.model.takes(*STREAMS)
        answer = applications.restore(self.user.id, self.round_id, received_at=self.model.now)
        assert isinstance(answer, Late) == (not taken)
        self.model.writes("restore", None, None, taken)

    @precondition(lambda self: self.model.sent and not self.model.released_at)
    @rule(nth=st.integers(0, 3))
    def withdraws_and_undoes_it_on_each_side_of_an_instant(self, nth: int) -> None:
        """Withdrawing obeys no deadline, undoing it the general one."""
        ahead = [at for at in self.model.instants() if at - TICK > self.model.now]
        for off in SIDES if ahead else ():
            self.model.now = ahead[min(nth, len(ahead) - 1)] + off
            self.withdraws()
            self.undoes_the_withdrawal()

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

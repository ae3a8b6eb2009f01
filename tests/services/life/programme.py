"""What the programme does meanwhile."""

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import rule

from portal.domain.decisions import Release
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import Decision, Stream
from portal.queries import release as looking
from portal.services import extensions, promotion, release, round_dates, streams
from portal.services.release import Released
from tests.services.life.model import STREAMS
from tests.services.life.stage import HOUR, WHICH, Stage

SOME_HOURS = st.sampled_from([1, 30])


class Programme(Stage):
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
        letters = self.letters("extension_granted")
        answer = extensions.grant_extension(
            self.admin, self.round_id, person.id, stream_id, until, reason="Asked", now=model.now
        )
        told = isinstance(answer, int)
        assert len(self.letters("extension_granted")) == len(letters) + told
        if model.released_at is not None:
            assert isinstance(answer, Refused)
        elif not to_other:
            assert isinstance(answer, int), answer
            model.granted[who] = until
            model.lets_in()

    @rule()
    def the_job_lets_in_what_is_covered(self) -> None:
        """After more time for everybody or for a stream; never once decisions are out."""
        model = self.model
        promotion.let_in_covered(model.now)
        if model.released_at is None:
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

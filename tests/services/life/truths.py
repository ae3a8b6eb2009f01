"""What must hold after each step."""

import sqlalchemy as sa
from hypothesis.stateful import invariant

from portal.domain.submissions import read
from portal.extensions import db
from portal.models import Application, StreamApplication, Submission
from portal.queries.reviews import visible_to
from tests.services.life.stage import Stage


class Truths(Stage):
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
        written = [
            each.value
            for each in model.late
            if each.what in self.model.answers or each.what == "interests"
        ]
        assert sorted(kept) == sorted(written)

    ALL = (
        what_was_acknowledged_is_there_word_for_word_with_one_letter_each,
        readers_see_the_newest_that_met_their_deadline_and_nothing_withdrawn,
        the_working_copy_is_what_was_last_saved_and_late_text_is_beside_it,
    )

"""An answer is offered to another stream only where both ask the very same."""

from portal.domain.applications import StreamPart
from portal.domain.questions import Field, Kind
from portal.domain.shared_answers import SharedAnswer, shared_answers


def part(slug, field, answer=None):
    return StreamPart(
        slug, slug.title(), (field,), None if answer is None else {field.name: answer}
    )


WHY = Field("q1", "Why this direction?", Kind.LONG_TEXT)
SAME = Field("q2", "  Why this\ndirection? ", Kind.LONG_TEXT)


def test_same_question_of_another_stream_offers_its_answer():
    mine, other = part("mine", SAME), part("other", WHY, "It is small.")
    assert shared_answers(mine, [mine, other]) == {"q2": SharedAnswer("Other", "It is small.")}


def test_nothing_is_offered_over_an_answer_or_from_another_question():
    other = part("other", WHY, "It is small.")
    for mine in (
        part("mine", SAME, "Mine."),
        part("mine", Field("q2", "Why this direction now?", Kind.LONG_TEXT)),
        part("mine", Field("q2", "Why this direction?", Kind.SHORT_TEXT)),
    ):
        assert shared_answers(mine, [other]) == {}
    assert shared_answers(part("mine", SAME), [part("other", WHY, "  ")]) == {}


def test_option_that_this_stream_does_not_have_and_files_are_not_offered():
    def asked(name, *options):
        return Field(name, "Which?", Kind.CHOICE, choices=tuple((o, o) for o in options))

    other = part("other", asked("q1", "Red", "Blue"), "Red")
    assert shared_answers(part("mine", asked("q2", "Red", "Green")), [other])
    assert shared_answers(part("mine", asked("q2", "Blue", "Green")), [other]) == {}
    file, same = Field("q1", "A paper", Kind.FILE), Field("q2", "A paper", Kind.FILE)
    assert shared_answers(part("mine", same), [part("other", file, "f-1")]) == {}

"""What the readers of one stream meet of a submission, and how they are told what changed in it."""

from portal.domain.reading import changes, reading, search_text
from portal.domain.submissions import Content, GivenAnswer, GivenChoice, GivenSection, GivenStream


def content(interests="Probes in tiny models", choices=((1, 10), (2, 20)), answer="I start small."):
    return Content(
        number="R-1",
        round_slug="summer",
        round_name="Summer",
        received_at="2026-11-20T12:00:00Z",
        sections=(
            GivenSection(
                "about",
                "About you",
                (
                    GivenAnswer("full_name", "Full name", "Ana Álvarez", "short_text"),
                    GivenAnswer("adult", "18?", "yes", "yes_no"),
                    GivenAnswer("returning", "Before?", "yes", "yes_no"),
                    GivenAnswer("country", "Country", "Portugal", "short_text"),
                    GivenAnswer("city", "City", "", "short_text"),
                ),
            ),
            GivenSection(
                "availability",
                "Availability",
                (GivenAnswer("hours", "How much time?", "full", "choice"),),
            ),
            GivenSection(
                "interests",
                "Research interests",
                (GivenAnswer("interests", "What and why?", interests),),
            ),
        ),
        choices=tuple(
            GivenChoice(rank, stream, stream, f"d{stream}", f"Direction {stream}", "", "")
            for rank, stream in choices
        ),
        streams=(
            GivenStream(10, "ten", "Ten", "", "on_time", (GivenAnswer("q1", "First?", answer),)),
            GivenStream(
                20, "twenty", "Twenty", "", "on_time", (GivenAnswer("q2", "Else?", "For 20"),)
            ),
        ),
    )


def test_readers_meet_their_own_stream_and_what_all_streams_read():
    seen = reading(content(), 10)
    assert seen.name == "Ana Álvarez"
    assert [choice.title for choice in seen.choices] == ["Direction 10"]
    assert [passage.answer for passage in seen.questions] == ["I start small."]
    assert [part.slug for part in seen.parts] == ["interests", "about", "availability"]


def test_what_makes_no_difference_to_reading_is_not_shown():
    keys = {passage.key for passage in reading(content(), 10).passages}
    assert "about.country" in keys
    assert not keys & {"about.returning", "about.adult", "about.city"}


def test_choices_are_read_in_words():
    answers = {passage.key: passage.answer for passage in reading(content(), 10).passages}
    assert answers["availability.hours"] == "Full time: about 40 hours a week"


def test_words_count_what_this_stream_reads():
    assert reading(content(), 10).words == 3 + 4 + 1 + 7


def test_search_text_is_folded_and_holds_no_streams_words():
    text = search_text(content())
    assert "ana alvarez" in text
    assert "probes" in text
    assert "start small" not in text
    assert "direction 20" not in text


def test_a_changed_answer_is_told_word_by_word():
    (change,) = changes(reading(content(), 10), reading(content("Probes in large models"), 10))
    assert change.question == "What and why?"
    assert [piece for piece in change.pieces if piece[0] != "same"] == [
        ("gone", "tiny"),
        ("new", "large"),
    ]
    assert (
        "".join(text for kind, text in change.pieces if kind != "gone") == "Probes in large models"
    )


def test_another_streams_choices_and_answers_are_no_change_here():
    before, after = content(), content(choices=((1, 10),))
    assert changes(reading(before, 10), reading(after, 10)) == []


def test_a_changed_rank_is_told():
    (change,) = changes(reading(content(), 10), reading(content(choices=((1, 20), (2, 10))), 10))
    assert change.question == "Directions of this stream"


def test_an_answer_to_a_question_that_is_gone_is_told_with_its_words():
    before, after = content(answer="Something"), content(answer="")
    (change,) = changes(reading(before, 10), reading(after, 10))
    assert (change.question, change.pieces) == ("First?", (("gone", "Something"),))

"""The one form of a content, its digest, and numbers that people can read out."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.submissions import (
    Content,
    GivenAnswer,
    GivenChoice,
    GivenSection,
    GivenStream,
    canonical,
    changed_sections,
    digest,
    essence,
    is_genuine,
    new_number,
    new_salt,
    normal_number,
    read,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def content(story="A probe.", ranked=(5, 7), answer="Because."):
    return Content(
        number="R-0000-0000-0000",
        round_slug="summer-2027",
        round_name="Summer 2027",
        received_at="2026-11-21T12:00:00Z",
        sections=(
            GivenSection("background", "Background", (GivenAnswer("story", "Story?", story),)),
        ),
        choices=tuple(
            GivenChoice(rank, offering, 1, "slug", "Title", "Short", "Long")
            for rank, offering in enumerate(ranked, 1)
        ),
        streams=(
            GivenStream(
                1, "nanda", "Nanda", "2026-12-05T11:59:00Z", "on_time",
                (GivenAnswer("q9", "Why?", answer),),
            ),
        ),
    )  # fmt: skip


@given(texts, texts)
def test_content_reads_back_as_it_was_written(story, answer):
    written = content(story, answer=answer)

    assert read(canonical(written)) == written
    assert canonical(read(canonical(written))) == canonical(written)


@given(texts, texts)
def test_digest_tells_any_two_contents_apart(story, other):
    salt = new_salt()
    same = digest(salt, canonical(content(story))) == digest(salt, canonical(content(other)))

    assert same == (story == other)


def test_digest_is_the_sha_256_of_salt_and_text():
    # printf '\\x00\\xffA' | sha256sum
    expected = "a90a10503fbfc95789ff38a1bb5039cb71869ab9c0eb1cb51c4a9099f2933c6b"
    assert digest("00ff", "A") == expected
    assert is_genuine("00ff", "A", digest("00ff", "A"))
    assert not is_genuine("00fe", "A", digest("00ff", "A"))
    assert not is_genuine("00ff", "B", digest("00ff", "A"))


def test_content_of_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match="version"):
        read(canonical(content()).replace('"version":2', '"version":3'))


def test_content_of_the_first_version_is_read_as_it_was():
    """Version 1 knew neither versions of questions nor files."""
    old = json.loads(canonical(content()))
    for part in [*old["sections"], *old["streams"]]:
        for answer in part["answers"]:
            del answer["version"], answer["file"]
    found = read(json.dumps({**old, "version": 1}))

    assert replace(found, version=2) == content()


def test_numbers_are_readable_and_differ():
    numbers = {new_number() for _ in range(500)}

    assert len(numbers) == 500
    assert all(re.fullmatch(r"R(-[0-9A-HJKMNP-TV-Z]{4}){3}", number) for number in numbers)


@pytest.mark.parametrize(
    "typed",
    [
        "R-7F3K-9QX0-2MT1",
        "r-7f3k-9qx0-2mt1",
        " r 7f3k 9qxO 2mtl ",
        "7F3K9QX02MT1",
        "R7F3K9QX02MTI",
    ],
)
def test_number_is_found_however_it_is_typed(typed):
    assert normal_number(typed) == "R-7F3K-9QX0-2MT1"


def test_number_that_begins_with_the_prefix_letter_is_kept_whole():
    assert normal_number("R-RRRR-0000-0000") == "R-RRRR-0000-0000"
    assert normal_number("RRRR00000000") == "R-RRRR-0000-0000"


def test_what_is_no_number_stays_as_typed():
    assert normal_number(" hello ") == "hello"


def test_changed_sections_are_named():
    before = essence(content())

    assert changed_sections(before, essence(content())) == set()
    assert changed_sections(before, essence(content(story="Else."))) == {"background"}
    assert changed_sections(before, essence(content(ranked=(7, 5)))) == {"directions"}
    assert changed_sections(before, essence(content(answer="Else."))) == {"stream-nanda"}


def test_unanswered_and_absent_are_the_same():
    assert essence(content(story="")).answers == {("stream-nanda", "q9"): "Because."}

"""The offline packet: any answers survive writing and reading, whatever editors do; the rest is told, never lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.offline import Header, Part, changes, decode, read, write
from portal.domain.questions import Field, Kind
from portal.domain.verdict import Refused

HEADER = Header("summer-2027", "Summer 2027", 41, "https://example.org/apply/summer-2027/offline")
FIELDS = (
    Field("name", "Full name", hint="As you would like mentors to read it."),
    Field(
        "story", "What have you done that a mentor should know about?", Kind.LONG_TEXT, words=300
    ),
    Field("adult", "Will you be 18 or over?", Kind.YES_NO),
    Field("tools", "Which have you used?", Kind.CHOICES, choices=(("a", "Abacus"), ("b", "Bead"))),
    Field("cv", "CV", Kind.FILE),
)


def parts(**answers):
    return [
        Part("about", "About you", 3, FIELDS, answers),
        Part("stream-x", "Questions of X", 0, (Field("q7", "Why “this”?", Kind.LONG_TEXT),), {}),
    ]


NOW = parts(name="Ines", story="I built a probe.\n\nIt broke.", adult="yes", tools="a\nb")


def sent(text, now=NOW):
    """What a packet changes, and what it tells."""
    packet = read(text, HEADER, now)
    found, problems = changes(packet, now)
    return found, [*packet.told, *problems]


# Texts as they are kept: without carriage returns, NUL and space around; many look like the packet's own lines.
PIECES = st.one_of(
    st.text(alphabet=st.characters(blacklist_characters="\r\x00", blacklist_categories=["Cs"])),
    st.sampled_from(
        [
            "[[end about story]]", "[[answer about name]]", "\\[[end about story]]", " [[", "\\\\[[",
            "[[section about version 9]]", "\n", "\\", "\u2028[[end about story]]", "\ufeff[[x]]",
            "Full name", "Up to 300 words.", "\x0b", "\x85[[end about story]]",
        ]
    ),
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=6).map(lambda pieces: "\n".join(pieces).strip())


@given(
    name=TEXTS,
    story=TEXTS,
    adult=st.sampled_from(["", "yes", "no"]),
    tools=st.sampled_from(["", "a", "b", "a\nb"]),
)
def test_any_answers_survive_being_written_and_read(name, story, adult, tools):
    full = parts(name=name, story=story, adult=adult, tools=tools)

    text = decode(write(HEADER, full).replace("\n", "\r\n").encode("utf-8-sig"))
    packet = read(text, HEADER, parts())
    found, problems = changes(packet, parts())

    assert found.get("about", {}) == {key: value for key, value in full[0].answers.items() if value}
    assert (packet.told, problems) == ((), ())
    assert (packet.round_slug, packet.person) == ("summer-2027", 41)
    assert packet.versions == {"about": 3, "stream-x": 0}


@given(st.binary(max_size=400))
def test_no_file_makes_it_stumble(data):
    text = decode(data)
    if not isinstance(text, Refused):
        sent(text)


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble_and_all_its_words_come_back(text):
    packet = read(text, HEADER, NOW)

    shown = " ".join([each.text for each in packet.told] + list(packet.answers.values()))
    frame = write(HEADER, NOW)
    for word in text.split():
        assert word in shown or word in frame or "[[" in text


def test_packet_that_was_not_touched_changes_nothing():
    assert sent(write(HEADER, NOW)) == ({}, [])


@pytest.mark.parametrize(
    "harm",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "  \n"),
        lambda text: text.replace("[[answer", "[[Answer").replace("[[end", "  [[ END "),
        lambda text: text.replace("[[", "\u00a0[[").replace("]]", "]]\u200b"),
        lambda text: text.replace("“", '"').replace("”", '"').replace("mentors to", "mentors\nto"),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n\n", "\n\n\n"),
    ],
)
def test_what_editors_do_to_a_file_changes_no_answer_by_itself(harm):
    now = parts(name="Ines", adult="yes")
    text = decode(harm(write(HEADER, now)).replace("I built", "I built").encode())

    assert sent(text, now) == ({}, [])


def test_wrapped_answer_is_kept_as_it_was_wrapped():
    text = write(HEADER, NOW).replace("I built a probe.", "I built\na probe.")

    assert sent(text)[0] == {"about": {"story": "I built\na probe.\n\nIt broke."}}


def test_emptied_answer_is_a_change_and_a_missing_one_is_none():
    text = write(HEADER, NOW).replace("Ines", "")
    assert sent(text)[0] == {"about": {"name": ""}}

    without = text.replace("[[answer about name]]", "").replace("[[end about name]]", "")
    assert sent(without)[0] == {}


def test_answer_without_its_end_is_read_to_the_next_question_and_told():
    text = write(HEADER, NOW).replace("[[end about name]]\n", "").replace("Ines", "Ines\nVarga")

    found, told = sent(text)

    assert found == {"about": {"name": "Ines\nVarga"}}
    assert [(each.line, each.text) for each in told] == [(15, "Ines\nVarga")]


def test_answer_without_its_beginning_is_told_and_handed_back():
    text = write(HEADER, NOW).replace("[[answer about name]]\n", "").replace("Ines", "Ines\nVarga")

    found, told = sent(text)

    assert found == {}
    assert [each.text for each in told] == ["Ines\nVarga", ""]
    assert told[0].line == 15


@pytest.mark.parametrize(
    "where",
    [
        "\n[[answer about name]]\nElse\n[[end about name]]\n",
        "\n[[answer gone x]]\nElse\n[[end gone x]]",
        "\nElse",
    ],
)
def test_text_that_has_no_place_is_handed_back(where):
    found, told = sent(write(HEADER, NOW) + where)

    assert found == {}
    assert [each.text for each in told] == ["Else"]


def test_options_are_read_by_their_words_and_others_are_told():
    text = write(HEADER, NOW)

    assert sent(text.replace("\nYes\n[[end", "\n no \n[[end"))[0] == {"about": {"adult": "no"}}
    found, told = sent(text.replace("\nYes\n[[end", "\nPerhaps\n[[end"))
    assert found == {}
    assert "Will you be 18 or over? Choose from" in told[0].problem
    assert told[0].text == "Perhaps"


def changed(now, name, **values):
    about, *rest = now
    fields = tuple(replace(f, **values) if f.name == name else f for f in about.fields)
    return [replace(about, fields=fields), *rest]


def test_an_answer_to_a_question_that_was_changed_is_taken_in_and_told():
    text = write(HEADER, NOW)
    now = changed(NOW, "story", label="What have you built?", version=2)
    rewritten = text.replace("It broke.", "It held.")

    found, (former, answer) = sent(rewritten, now)

    assert found == {"about": {"story": "I built a probe.\n\nIt held."}}
    assert former.text == "What have you done that a mentor should know about?", "none is dropped"
    assert answer.line == rewritten.split("\n").index("[[answer about story]]") + 1
    assert "“What have you built?” was changed after you downloaded the file" in answer.problem
    assert answer.text == "I built a probe.\n\nIt held."
    assert sent(text, now) == ({}, [former]), "an answer left as it was says nothing of new words"
    fresh = write(HEADER, now)
    assert "[[answer about story version 2]]" in fresh
    assert sent(fresh.replace("It broke.", "It held."), now)[1] == []


def test_an_option_that_is_gone_is_told_with_those_that_stand():
    now = changed(NOW, "tools", choices=(("b", "Bead"), ("c", "Counter")), version=2)
    found, told = sent(write(HEADER, NOW).replace("\nAbacus\nBead\n[[", "\nAbacus\n[["), now)
    assert found == {}
    assert "changed since you downloaded the file: Bead; Counter" in told[-1].problem


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04....", "word processor"),
        (b"%PDF-1.7", "a PDF"),
        (b"{\\rtf1", "rich text"),
        ("Müller".encode("latin-1"), "not text in UTF-8"),
        (b"a\x00b", "not plain text"),
        (b"x" * 1_000_001, "too large"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(data, words):
    refusal = decode(data)

    assert isinstance(refusal, Refused)
    assert words in refusal.what
    assert refusal.next


def test_text_in_the_other_unicode_encoding_is_read():
    assert decode("你好\r\n".encode("utf-16")) == "你好\n"

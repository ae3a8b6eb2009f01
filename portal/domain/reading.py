"""A submission as the readers of one stream meet it: what is theirs to read, how long it is, and what changed in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from portal.domain.applications import SECTION_BY_SLUG
from portal.domain.questions import Kind, word_count
from portal.domain.submissions import Content, GivenAnswer, GivenChoice, GivenFile, GivenSection
from portal.domain.text import fold

# Asked for the programme, not for readers: the form says that having applied before makes no difference.
NOT_FOR_READERS = {("about", "adult"), ("about", "returning"), ("about", "full_name")}
# Readers meet the ideas first, then the person; the form asks in the other order.
_ORDER = ("interests", "background", "about", "availability")
_SPACE = re.compile(r"(\s+)")


@dataclass(frozen=True)
class Passage:
    """One question in the words it was asked in, and its answer in words. `key` tells it apart in the submission.

    The answer to a question for a file is the file's name; `ref` is its address under /files.
    """

    key: str
    question: str
    answer: str
    kind: Kind
    file: GivenFile | None = None
    ref: str = ""


@dataclass(frozen=True)
class Part:
    slug: str
    title: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Reading:
    """`choices` are this stream's directions only; the applicant's other wishes are nobody's business here."""

    name: str
    parts: tuple[Part, ...]
    questions: tuple[Passage, ...]
    choices: tuple[GivenChoice, ...]

    @property
    def passages(self) -> list[Passage]:
        return [*self.questions, *(p for part in self.parts for p in part.passages)]

    @property
    def words(self) -> int:
        return sum(word_count(passage.answer) for passage in self.texts)

    @property
    def texts(self) -> list[Passage]:
        """What was written, without the files."""
        return [passage for passage in self.passages if passage.kind is not Kind.FILE]

    def file(self, ref: str) -> GivenFile | None:
        """The file that one of these passages names; None for any other reference."""
        return next((p.file for p in self.passages if p.file and p.ref == ref), None)


def reading(content: Content, stream_id: int) -> Reading:
    """What readers of this stream see. Unanswered optional questions stay out; those of the stream are shown."""
    stream = content.stream(stream_id)
    parts = [
        Part(
            section.slug,
            section.title,
            tuple(
                _passage(section.slug, answer)
                for answer in section.answers
                if answer.answer.strip() and (section.slug, answer.field) not in NOT_FOR_READERS
            ),
        )
        for section in sorted(content.sections, key=_place)
    ]
    return Reading(
        name=applicant_name(content),
        parts=tuple(part for part in parts if part.passages),
        questions=tuple(_passage("stream", answer) for answer in stream.answers) if stream else (),
        choices=tuple(
            sorted(
                (choice for choice in content.choices if choice.stream_id == stream_id),
                key=lambda choice: choice.rank,
            )
        ),
    )


def everything(content: Content) -> list[Part]:
    """All that was submitted, for its writer: each question in the words it had then, unanswered ones too."""
    general = [(part.slug, part.title, part.answers) for part in content.sections]
    own = [(f"stream-{s.slug}", f"Questions of {s.name}", s.answers) for s in content.streams]
    return [
        Part(slug, title, tuple(_passage(slug, answer) for answer in answers))
        for slug, title, answers in [*general, *own]
        if answers
    ]


def _place(section: GivenSection) -> int:
    return _ORDER.index(section.slug) if section.slug in _ORDER else len(_ORDER)


def applicant_name(content: Content) -> str:
    """The name that the applicant asked mentors to read."""
    return content.answer("about", "full_name").strip()


def search_text(content: Content) -> str:
    """The folded words of what every reader may see, for the search of lists: no stream's answers, no choices."""
    answers = [
        answer.answer
        for section in content.sections
        for answer in section.answers
        if (section.slug, answer.field) not in NOT_FOR_READERS and answer.kind != Kind.FILE
    ]
    return fold(" ".join([applicant_name(content), *answers]))


def _passage(section: str, answer: GivenAnswer) -> Passage:
    key, kind = f"{section}.{answer.field}", Kind(answer.kind)
    words = _in_words(section, answer)
    return Passage(
        key, answer.question, words, kind, answer.file, answer.answer if answer.file else ""
    )


def _in_words(section: str, answer: GivenAnswer) -> str:
    if answer.kind == Kind.FILE:
        return answer.file.name if answer.file else ""
    if answer.kind == Kind.YES_NO:
        return answer.answer.capitalize()
    if answer.kind == Kind.CHOICE and section in SECTION_BY_SLUG:
        fields = {field.name: field for field in SECTION_BY_SLUG[section].fields}
        labels: Mapping[str, str] = (
            dict(fields[answer.field].choices) if answer.field in fields else {}
        )
        return labels.get(answer.answer, answer.answer)
    return answer.answer


Piece = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True)
class Change:
    """An answer that is another than when it was read: pieces of the text that stayed, went or came."""

    question: str
    pieces: tuple[Piece, ...]


def changes(before: Reading, after: Reading) -> list[Change]:
    """What is different now, in reading order; a changed list of directions is told as one change."""
    old = {passage.key: passage for passage in before.passages}
    new = {passage.key: passage for passage in after.passages}
    questions = {p.key: p.question for p in [*before.passages, *after.passages]}
    found = [
        Change(questions[key], pieces)
        for key in dict.fromkeys([*new, *old])
        if (pieces := _difference(old.get(key), new.get(key)))
    ]
    ranked = [_ranked(version) for version in (before, after)]
    if ranked[0] != ranked[1]:
        found.insert(0, Change("Directions of this stream", _pieces(*ranked)))
    return found


def _difference(before: Passage | None, after: Passage | None) -> tuple[Piece, ...]:
    """Nothing where both say the same. Another file is a change under the same name too."""
    gone, came = before.answer if before else "", after.answer if after else ""
    files = [passage.file.sha256 if passage and passage.file else "" for passage in (before, after)]
    if files[0] != files[1]:
        return (*((("gone", gone),) if gone else ()), *((("new", came),) if came else ()))
    return _pieces(gone, came) if gone != came else ()


def _ranked(version: Reading) -> str:
    return ", ".join(f"{choice.title} (choice {choice.rank})" for choice in version.choices)


def _pieces(before: str, after: str) -> tuple[Piece, ...]:
    old, new = _SPACE.split(before), _SPACE.split(after)
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(old[a:b])))
            continue
        gone, came = "".join(old[a:b]), "".join(new[c:d])
        if gone:
            pieces.append(("gone", gone))
        if came:
            pieces.append(("new", came))
    return tuple(pieces)

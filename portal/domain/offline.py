"""The offline packet: a form's questions and answers as plain text that people edit anywhere and send back.

An answer stands between two lines in double brackets. Whatever editors do to a text file (byte order marks, line
ends, spaces at the ends of lines, wrapping, capitals) is read over; whatever cannot be placed is told with its line
and handed back, never dropped. The versions travel along, so that a section changed meanwhile is not overwritten, and
an answer to a question that was changed meanwhile is told as one. A question without a version is in its first words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.domain.questions import WITH_OPTIONS, Field, Kind, told
from portal.domain.verdict import Refused

SHORTEST_PIECE = 10  # characters; a shorter line is only ours if it is a whole line of ours
LARGEST = 1_000_000  # bytes; some fifteen times what all limits together allow
YES_NO = (("yes", "Yes"), ("no", "No"))

_MARKER = re.compile(r"[\s\u200b\ufeff]*\[\[\s*(.*?)\s*\]\][\s\u200b]*", re.DOTALL)
_PACKET = re.compile(r"packet\s+(\S+)\s+person\s+(\d{1,9})", re.IGNORECASE)
_SECTION = re.compile(r"section\s+(\S+)\s+version\s+(\d{1,9})", re.IGNORECASE)
_EDGE = re.compile(r"(answer|end)\s+(\S+)\s+(\S+)(?:\s+version\s+(\d{1,9}))?", re.IGNORECASE)
# A line of an answer that would read as one of ours is written behind a backslash, which reading takes off again.
_LIKE_OURS = re.compile(r"[\s\\\u200b\ufeff]*\[\[")
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
_OTHER_KINDS = (
    (b"PK\x03\x04", "a document of a word processor or an archive"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "rich text"),
    (b"\xd0\xcf\x11\xe0", "a document of a word processor"),
)

Place = tuple[str, str]  # section and field


@dataclass(frozen=True)
class Part:
    """One section as it stands: what it asks, what was answered, and the version of these answers."""

    slug: str
    title: str
    version: int
    fields: tuple[Field, ...]
    answers: Mapping[str, str]


@dataclass(frozen=True)
class Header:
    """Whose packet it is, for which round, and where it is sent to."""

    round_slug: str
    round_name: str
    person: int
    address: str


@dataclass(frozen=True)
class Told:
    """Something that could not be read as meant: the line (from 1), in words, and the text it is about, if any."""

    line: int
    problem: str
    text: str = ""


@dataclass(frozen=True)
class Packet:
    """What was read: answers by place, versions by section, and everything that could not be placed.

    `asked` are the versions of the questions that were answered, by place.
    """

    round_slug: str | None
    person: int | None
    versions: Mapping[str, int]
    answers: Mapping[Place, str]
    lines: Mapping[Place, int]
    told: tuple[Told, ...]
    asked: Mapping[Place, int] = field(default_factory=dict)

    def versions_asked(self, slug: str) -> dict[str, int]:
        """The versions of the questions of one section that the packet holds, by field."""
        return {name: version for (part, name), version in self.asked.items() if part == slug}


def write(header: Header, parts: Iterable[Part]) -> str:
    """The packet as text with line ends of one character."""
    lines = [
        f"Your application to {header.round_name}, to write anywhere",
        "",
        "Write each answer between its two lines in double brackets, and leave those lines as they are.",
        "Nothing is cut: what is over a limit is told when you check your answers. Files are sent on the page.",
        f"Save this as plain text (UTF-8) and upload it at {header.address}",
        "",
        f"[[packet {header.round_slug} person {header.person}]]",
    ]
    for part in parts:
        lines += ["", "", f"[[section {part.slug} version {part.version}]]", part.title]
        for asked in part.fields:
            if asked.kind is not Kind.FILE:
                lines += ["", *_question(asked), *_answer(part, asked)]
    return "\n".join(lines) + "\n"


def _question(asked: Field) -> list[str]:
    lines = [asked.label + ("" if asked.required else " (optional)")]
    lines += asked.hint.splitlines()
    if asked.words:
        lines.append(f"Up to {asked.words} words.")
    options = _options(asked)
    if options:
        several = asked.kind is Kind.CHOICES
        lines.append("Any of these, a line each:" if several else "One of these:")
        lines += [f"    {label}" for _, label in options]
    return lines


def _answer(part: Part, asked: Field) -> list[str]:
    text = part.answers.get(asked.name, "")
    labels = dict(_options(asked))
    if labels:
        text = "\n".join(labels.get(line, line) for line in text.split("\n"))
    written = ["\\" + line if _LIKE_OURS.match(line) else line for line in text.split("\n")]
    place = f"{part.slug} {asked.name}"
    version = f" version {asked.version}" if asked.version > 1 else ""
    return [f"[[answer {place}{version}]]", *written, f"[[end {place}]]"]


def _options(asked: Field) -> tuple[tuple[str, str], ...]:
    if asked.kind is Kind.YES_NO:
        return YES_NO
    return asked.choices if asked.kind in WITH_OPTIONS else ()


def decode(data: bytes) -> str | Refused:
    """The text of an uploaded file, or why it is none."""
    if not data.strip():
        return _refused("This file is empty.", "Choose the file that you wrote your answers in.")
    if len(data) > LARGEST:
        return _refused(
            "This file is too large.", "A packet with all its answers has less than 1 MB."
        )
    for beginning, name in _OTHER_KINDS:
        if data.startswith(beginning):
            return _refused(f"This file is {name}, not plain text.", _AS_TEXT)
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return _refused("This file is not text in UTF-8.", _AS_TEXT)
    if "\x00" in text:
        return _refused("This file is not plain text.", _AS_TEXT)
    return text.replace("\r\n", "\n").replace("\r", "\n")


_AS_TEXT = (
    "In your editor, save it as plain text (.txt) with the encoding UTF-8, then upload that file."
)


def _refused(what: str, next_: str) -> Refused:
    return Refused(what, "Nothing of it was taken in.", next_)


@dataclass
class _Reader:
    """Goes through the lines once. `frame` is all that the packet says itself, so that only people's words are told."""

    frame: list[str]
    places: set[Place]
    round_slug: str | None = None
    person: int | None = None
    versions: dict[str, int] = field(default_factory=dict)
    answers: dict[Place, str] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    asked: dict[Place, int] = field(default_factory=dict)
    open: Place | None = None
    since: int = 0
    held: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)

    def line(self, number: int, text: str) -> None:
        marker = _MARKER.fullmatch(text)
        if marker and self._marker(number, marker.group(1)):
            return
        if marker:
            what = "looks like one of the packet's own and cannot be read; it was kept as text"
            self.told.append(Told(number, f"This line {what}", text.strip()))
        if self.open is not None:
            escaped = text.startswith("\\") and _LIKE_OURS.match(text)
            self.held.append(text[1:] if escaped else text)
        elif not marker:
            self._outside(number, text)

    def _marker(self, number: int, words: str) -> bool:
        """Whether the line in brackets is one that we write."""
        if found := _PACKET.fullmatch(words):
            self._end_loose(number)
            self.round_slug, self.person = found[1].lower(), int(found[2])
        elif found := _SECTION.fullmatch(words):
            self._break_off(number)
            self.versions.setdefault(found[1].lower(), int(found[2]))
        elif found := _EDGE.fullmatch(words):
            place = (found[2].lower(), found[3].lower())
            if found[1].lower() == "answer":
                self.asked.setdefault(place, int(found[4] or 1))
            self._edge(number, found[1].lower(), place)
        else:
            return False
        return True

    def _edge(self, number: int, edge: str, place: Place) -> None:
        if edge == "answer":
            self._break_off(number)
            self.open, self.since, self.held = place, number, []
        elif self.open == place:
            self._close(self.held)
        elif self.open is not None:
            self._break_off(number)
        else:
            self._end_loose(number)
            self.told.append(Told(number, "The line that begins this answer is missing or damaged"))

    def _break_off(self, number: int) -> None:
        """An answer whose last line is missing ends where the packet's own words begin again."""
        self._end_loose(number)
        if self.open is None:
            return
        held = list(self.held)
        while held and (not held[-1].strip() or self._is_ours(held[-1])):
            held.pop()
        problem = "The line that ends this answer is missing; it was read up to the next question"
        self.told.append(Told(self.since, problem, "\n".join(held)))
        self._close(held)

    def _close(self, held: Sequence[str]) -> None:
        place, text = self.open, "\n".join(held).strip()
        self.open = None
        assert place is not None
        if place not in self.places:
            if text:
                self.told.append(Told(self.since, "This question is not asked of you now", text))
        elif place not in self.answers:
            self.answers[place], self.lines[place] = text, self.since
        elif text != self.answers[place]:
            self.told.append(Told(self.since, "This answer stands twice; the first was read", text))

    def _outside(self, number: int, text: str) -> None:
        if not text.strip() or self._is_ours(text):
            if text.strip():
                self._end_loose(number)
            elif self.loose:
                self.loose.append("")
            return
        self.loose.append(text)

    def _is_ours(self, text: str) -> bool:
        """Whether a line is one that we wrote, or a longer piece of one that an editor wrapped."""
        plain = _plain(text)
        if len(plain) < SHORTEST_PIECE:
            return plain in self.frame
        return any(plain in line for line in self.frame)

    def _end_loose(self, number: int) -> None:
        text = "\n".join(self.loose)
        if text.strip():
            line = number - len(self.loose)
            self.told.append(Told(line, "This stands outside every answer", text.strip()))
        self.loose = []


def _plain(text: str) -> str:
    """A line as it is compared with the packet's own words: quotes straight, white space single."""
    return " ".join(text.translate(_PLAIN).split())


def read(text: str, header: Header, parts: Sequence[Part]) -> Packet:
    """Read a packet back. `parts` are the sections as they stand now: what may be answered."""
    bare = [Part(each.slug, each.title, each.version, each.fields, {}) for each in parts]
    places = {
        (part.slug, asked.name)
        for part in parts
        for asked in part.fields
        if asked.kind is not Kind.FILE
    }
    frame = [_plain(line) for line in write(header, bare).split("\n")]
    reader = _Reader(frame, places)
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        reader.line(number, line)
    reader._break_off(len(lines) + 1)
    return Packet(
        reader.round_slug,
        reader.person,
        reader.versions,
        reader.answers,
        reader.lines,
        tuple(sorted(reader.told, key=lambda told_: told_.line)),
        reader.asked,
    )


def changes(
    packet: Packet, parts: Iterable[Part]
) -> tuple[dict[str, dict[str, str]], tuple[Told, ...]]:
    """The answers that differ from what stands, by section, and what is no answer to its question, with its line."""
    found: dict[str, dict[str, str]] = {}
    problems = []
    for part in parts:
        for asked in part.fields:
            place, stands = (part.slug, asked.name), part.answers.get(asked.name, "")
            sent = packet.answers.get(place, stands)
            text = _value(asked, sent, stands)
            if text is not None and text != stands:
                found.setdefault(part.slug, {})[asked.name] = text
            if problem := _problem(asked, sent, text, stands, packet.asked.get(place, 1)):
                problems.append(Told(packet.lines[place], problem, sent))
    return found, tuple(problems)


def _problem(asked: Field, sent: str, text: str | None, stands: str, version: int) -> str:
    """What is to be told of an answer; "" for nothing. `text` is what was taken in of it, None for nothing."""
    changed = version < asked.version
    if text is None:
        now = "; ".join(label for _, label in _options(asked))
        listed = f". They were changed since you downloaded the file: {now}" if changed else ""
        return told(asked, "choose from the answers that are listed") + listed
    if changed and sent.strip() and text != stands:
        words = "was changed after you downloaded the file. Your answer was taken in: see whether it still fits"
        return f"The question “{asked.label}” {words}"
    return ""


def _value(asked: Field, text: str, stands: str) -> str | None:
    """An answer as it is kept: options by their value. None for words that are no option, unless they stood before."""
    options = _options(asked)
    if not options or not text or text == stands:
        return text
    by_words = {_plain(label).casefold(): value for value, label in options}
    by_words |= {_plain(value).casefold(): value for value, _ in options}
    if asked.kind is Kind.CHOICES:
        values = [
            by_words.get(_plain(line).casefold()) for line in text.split("\n") if line.strip()
        ]
    else:
        values = [by_words.get(_plain(text).casefold())]
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        return "\n".join(dict.fromkeys(known))
    return None

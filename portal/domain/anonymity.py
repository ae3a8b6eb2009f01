"""An anonymised review: what readers are not given before the release, and the names masked in what they are given.

Withheld as a whole: names, addresses, affiliations, links, files, references, and every instant. Texts are shown with
each occurrence of what is known to name their writer replaced; what a text gives away in other words stays in it.
"""

import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from urllib.parse import parse_qs, unquote, urlsplit

from portal.domain.conflicts import COMMON_DOMAINS
from portal.domain.questions import Kind
from portal.domain.reading import NOT_FOR_READERS, Passage, Reading, reading
from portal.domain.reading import search_text as everybodys_search_text
from portal.domain.submissions import ALPHABET, Content
from portal.domain.text import fold
from portal.domain.verdict import ALLOWED, Refused, Verdict

MASK = "[name withheld]"
LABELLED = "Applicant"
WITHHELD = "Withheld until the decisions are released."
# Fields of the general sections that name somebody or say where they live or work.
WITHHELD_FIELDS = frozenset(
    {
        ("about", "full_name"),
        ("about", "pronouns"),
        ("about", "country"),
        ("about", "city"),
        ("background", "institution"),
    }
)
WITHHELD_KINDS = frozenset({Kind.LINK, Kind.FILE})

# Codes have 30 random bits, above any id that is in use: an address holds one or the other.
FIRST_CODE = 1 << 30
LAST_CODE = (FIRST_CODE << 1) - 1
LETTERS = 6  # of 5 bits each


def is_withheld(*, anonymised: bool, released_at: datetime | None, now: datetime) -> bool:
    """Whether the readers of a round are not told who applied: from its setting on, until its release."""
    return anonymised and (released_at is None or released_at > now)


def may_switch(opens_at: datetime | None, now: datetime, submissions: int) -> Verdict:
    """Whether a round becomes anonymised, or stops being so: until it opens, since writers are told while they write.

    `submissions`: how many it has received, which a round that was opened and taken back may have.
    """
    if submissions or (opens_at is not None and opens_at <= now):
        return Refused(
            "Whether the review is anonymised can no longer be changed.",
            "Applicants write under what the round has said since it opened.",
            "Set it in the next round, before it opens.",
        )
    return ALLOWED


def new_code() -> int:
    """A random number for an application: it says nothing of who, when, or which one it is. It may be taken already."""
    return FIRST_CODE + secrets.randbelow(FIRST_CODE)


def label(code: int) -> str:
    """What readers call an application instead of a name, such as "Applicant K7F2M9"."""
    number, letters = code - FIRST_CODE, ""
    for _ in range(LETTERS):
        number, digit = divmod(number, 32)
        letters = ALPHABET[digit] + letters
    return f"{LABELLED} {letters}"


def code_of(word: str) -> int | None:
    """The code whose label ends with this word, for searches; None for any other word."""
    letters = word.upper()
    if len(letters) != LETTERS or not set(letters) <= set(ALPHABET):
        return None
    number = 0
    for letter in letters:
        number = number * 32 + ALPHABET.index(letter)
    return FIRST_CODE + number


def version_mark(salt: str) -> int:
    """What names one version of an application to an anonymised reader: its id would tell when it came."""
    return FIRST_CODE + int.from_bytes(sha256(f"version {salt}".encode()).digest()[:4]) % FIRST_CODE


# Scripts that put no space between words, or grow endings onto names.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

# -- what names somebody --------------------------------------------------------------------------

# English words that are names too: masked within the full name, never alone, where they would blot out a text and,
# by what is blotted out, tell the name.
_ORDINARY_WORDS = """
art bill bishop brook brown buddy carol chance charity chase christian church city clay cliff day dean dawn drew
earl early eve faith field fields forest frank gene gill grace grant gray green guy hall hardy harmony hill hope
hunter iris ivy jack jay joy judge june king lake lane law lee light long love mark marshal mason may melody
miles mill moon north page park parker pat patience pearl penny pierce pond price prince rain ray read rich
river rob robin rock rose rusty ruth sage sky small smart snow sonny spring stone storm strong summer sun sunny
the twist van von wall ward warren way west white will winter wise wood woods young and or of de la le da di
"""
ORDINARY = frozenset(_ORDINARY_WORDS.split())
# Parts of an address that many people share.
_GENERIC_WORDS = """
abs about article articles authors blob blog citations company en forum github home html in index main master
members notes p paper papers pdf people posts profile profiles projects pub publications r research s scholar
stable tree u user users watch wiki works www
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
# Sites that host many people: their own name tells nothing, the first part of the path or the subdomain does.
_SHARED_WORDS = """
academia.edu alignmentforum.org arxiv.org bitbucket.org bsky.app codeberg.org dev.to doi.org drive.google.com
facebook.com github.com github.io gitlab.com gitlab.io goodreads.com hf.co huggingface.co instagram.com
kaggle.com lesswrong.com linkedin.com linktr.ee mastodon.social medium.com neocities.org netlify.app notion.site
openreview.net orcid.org pages.dev researchgate.net scholar.google.com semanticscholar.org sites.google.com
sr.ht substack.com twitter.com vercel.app wordpress.com x.com youtube.com
"""
_SHARED = frozenset(_SHARED_WORDS.split())


@dataclass(frozen=True)
class Identity:
    """What is known to name one applicant, as they and their account wrote it."""

    names: tuple[str, ...]
    emails: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    def and_also(self, other: "Identity") -> "Identity":
        """What names one or the other."""
        return Identity(
            (*self.names, *other.names),
            (*self.emails, *other.emails),
            (*self.links, *other.links),
            (*self.places, *other.places),
        )

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """Everything to be masked, longest first."""
        found = {*self.names, *self.emails, *self.links, *self.places}
        parts = {part for name in self.names for part in _parts(name)}
        found |= parts
        for email in self.emails:
            found.update(_of_address(email))
        for link in self.links:
            found.update(_of_link(link, parts))
        kept = {" ".join(text.split()) for text in found}
        return tuple(sorted((t for t in kept if _is_telling(t)), key=lambda t: (-len(t), t)))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        pieces = dict.fromkeys(_as_pattern(text) for text in self.strings)
        return re.compile("|".join(piece for piece in pieces if piece)) if self.strings else None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where `text` holds one of the strings, whatever its case, accents and spacing: starts and ends."""
        if self._pattern is None or not text:
            return []
        folded, places = _folded(text)
        found: list[tuple[int, int]] = []
        for match in self._pattern.finditer(folded):
            start, end = places[match.start()], places[match.end() - 1] + 1
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
        return found

    def masked(self, text: str) -> str:
        """`text` with each of them replaced."""
        pieces, at = [], 0
        for start, end in self.spans(text):
            pieces += [text[at:start], MASK]
            at = end
        return "".join([*pieces, text[at:]])

    def found_in(self, text: str) -> list[str]:
        """What of it stands in a text, as it is written there."""
        return list(dict.fromkeys(text[start:end] for start, end in self.spans(text)))


def identity(
    answers: Mapping[tuple[str, str], str], account_name: str, email: str, links: Iterable[str]
) -> Identity:
    """What names the writer of these answers (by section and field) and the holder of this account."""
    return Identity(
        names=_filled(answers.get(("about", "full_name"), ""), account_name),
        emails=_filled(email),
        links=_filled(*links),
        places=_filled(answers.get(("background", "institution"), "")),
    )


def identity_of(content: Content, account_name: str, email: str) -> Identity:
    """The same, of a submission."""
    answers = {(s.slug, a.field): a.answer for s in content.sections for a in s.answers}
    parts = [s.answers for s in content.sections] + [s.answers for s in content.streams]
    links = [a.answer for part in parts for a in part if a.kind == Kind.LINK]
    return identity(answers, account_name, email, links)


def _filled(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _parts(name: str) -> Iterator[str]:
    """The single words of a name that may stand alone: two letters or more, three in Latin script."""
    for part in re.split(r"[\s.,;()\"“”]+", name):
        for piece in {part, *re.split(r"[-‐‑–]", part)}:
            long_enough = len(piece) >= (3 if piece.isascii() else 2)
            if long_enough and fold(piece) not in ORDINARY:
                yield piece


def _of_address(email: str) -> Iterator[str]:
    local, _, domain = email.partition("@")
    for piece in {local, local.partition("+")[0]}:
        if len(piece) >= 4 and fold(piece) not in ORDINARY | _GENERIC:
            yield piece
    if domain and domain.casefold() not in COMMON_DOMAINS:
        yield domain


def _of_link(link: str, name_parts: Collection[str]) -> Iterator[str]:
    """The address without its scheme; its host where that is somebody's own; the handle in it."""
    try:
        parts = urlsplit(link if "//" in link else f"//{link}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return
    yield link.partition("//")[2].rstrip("/") or link
    shared = next((s for s in _SHARED if host == s or host.endswith(f".{s}")), None)
    if shared is None:
        yield from (host, *_with_name([*host.split("."), *parts.path.split("/")], name_parts))
        return
    yield host.removesuffix(shared).rstrip(".")
    values = [value for several in parse_qs(parts.query).values() for value in several]
    for segment in [*unquote(parts.path).split("/"), *values]:
        handle = segment.lstrip("@~").strip()
        if len(handle) >= 4 and fold(handle) not in _GENERIC and not handle.isdigit():
            yield handle
            return


def _with_name(words: Iterable[str], name_parts: Collection[str]) -> Iterator[str]:
    """Those that hold a part of the name: other words of an own address are the words of everybody."""
    for word in words:
        if any(len(part) >= 4 and fold(part) in fold(word) for part in name_parts):
            yield word


def _is_telling(text: str) -> bool:
    return len(text) >= (3 if text.isascii() else 2) and fold(text) not in ORDINARY


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in lower case without accents and invisible characters, and where each of its characters came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) in ("Cf", "Mn"):
            continue
        folded = fold(character)
        letters.append(folded)
        places += [place] * len(folded)
    return "".join(letters), places


def _as_pattern(text: str) -> str:
    """What finds a string in folded text: its words however they are joined, not inside another word."""
    folded, _ = _folded(text)
    runs = re.findall(r"[^\W_]+", folded)
    if not runs:
        return ""
    body = r"[\W_]{0,3}".join(map(re.escape, runs))
    if _UNSPACED.search(folded):
        return body
    return rf"(?<![^\W_]){body}(?![^\W_])"


# -- what readers get -----------------------------------------------------------------------------


def anonymous(content: Content, stream_id: int, who: Identity) -> Reading:
    """What the readers of a stream see of a submission before the release: no name, nothing that is withheld."""
    plain = reading(content, stream_id)
    parts = tuple(
        replace(part, passages=tuple(_general(part.slug, part.passages, who)))
        for part in plain.parts
    )
    return replace(
        plain,
        name="",
        parts=tuple(part for part in parts if part.passages),
        questions=tuple(_own(passage, who) for passage in plain.questions),
    )


def _general(slug: str, passages: Sequence[Passage], who: Identity) -> Iterator[Passage]:
    """The passages of a section that all streams read: what is withheld is not there, as if nobody had asked."""
    for passage in passages:
        field = passage.key.removeprefix(f"{slug}.")
        if (slug, field) in WITHHELD_FIELDS or passage.kind in WITHHELD_KINDS:
            continue
        yield replace(passage, answer=who.masked(passage.answer))


def _own(passage: Passage, who: Identity) -> Passage:
    """A question of the stream stays, since its mentors asked it; that its answer is withheld says nothing of it."""
    if passage.kind in WITHHELD_KINDS:
        return replace(passage, answer=WITHHELD, kind=Kind.SHORT_TEXT, file=None, ref="")
    return replace(passage, answer=who.masked(passage.answer))


def search_text(content: Content, who: Identity | None) -> str:
    """The folded words by which readers find a submission; in an anonymised round (`who`) those that they are shown."""
    if who is None:
        return everybodys_search_text(content)
    answers = [
        who.masked(answer.answer)
        for section in content.sections
        for answer in section.answers
        if (section.slug, answer.field) not in NOT_FOR_READERS | WITHHELD_FIELDS
        and answer.kind not in WITHHELD_KINDS
    ]
    return fold(" ".join(answers))


def words_to_read(content: Content, stream_id: int, who: Identity | None) -> int:
    """How much a reader of this stream has to read; `who` is given where the review is anonymised."""
    shown = reading(content, stream_id) if who is None else anonymous(content, stream_id, who)
    return shown.words


def pointed_out(texts: Iterable[tuple[str, str]], who: Identity) -> list[tuple[str, list[str]]]:
    """The texts (name, text) that name their writer, with what does so in each."""
    found = ((name, who.found_in(text)) for name, text in texts)
    return [(name, strings) for name, strings in found if strings]

"""What must stand before a round can open. Red refuses the opening; a warning is for a person to judge."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    RED = "red"


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and what to do when it is not in order. `topic` names the page part."""

    level: Level
    found: str
    remedy: str = ""
    topic: str = "round"


@dataclass(frozen=True)
class StreamFacts:
    """What the checks need to see of a stream; counts of what hangs on it. `closes_at` is its own deadline.

    `tasks_due_at` is when the last of its tasks with an instant of its own is due.
    """

    name: str
    places: int
    closes_at: datetime | None
    mentors: int
    leads: int
    offerings: int
    questions: int
    without_limit: int
    without_minutes: int
    tasks_due_at: datetime | None = None


@dataclass(frozen=True)
class RoundFacts:
    """What the checks need to see of a round; without `opens_at` it opens now.

    `faq_texts` holds (question, answer) of the public answers.
    """

    name: str
    summary: str
    opens_at: datetime | None
    closes_at: datetime | None
    release_at: datetime | None
    key_dates: Sequence[tuple[str, datetime]]
    criteria: int
    streams: Sequence[StreamFacts]
    faq_texts: Sequence[tuple[str, str]] = ()
    mail_ready: bool = True
    max_referees: int = 0
    references_due_at: datetime | None = None
    anonymised: bool = False


def preflight(facts: RoundFacts, now: datetime) -> list[Check]:
    """Every check in reading order, those in order among them."""
    return [
        *_naming(facts),
        *_dates(facts, now),
        *_references(facts),
        *_anonymity(facts),
        *_criteria(facts),
        *_streams(facts, now),
        *_faq(facts),
        _mail(facts),
    ]


def reds(checks: Iterable[Check]) -> list[Check]:
    """The checks that refuse an opening."""
    return [check for check in checks if check.level is Level.RED]


def warnings(checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if check.level is Level.WARN]


def placeholders(text: str) -> set[str]:
    """The names that a text wants filled in, such as "round.closes_at"."""
    return set(PLACEHOLDER.findall(text))


def _naming(facts: RoundFacts) -> list[Check]:
    if not facts.summary.strip():
        return [
            Check(
                Level.WARN,
                f"{facts.name} has no summary.",
                "Visitors read it on the home page: write two sentences.",
            )
        ]
    return [Check(Level.OK, "The round has a name and a summary.")]


def _dates(facts: RoundFacts, now: datetime) -> list[Check]:
    if facts.closes_at is None:
        return [
            Check(Level.RED, "The round has no deadline.", "Set when applications close.", "dates")
        ]
    found = []
    if facts.closes_at <= now:
        found.append(
            Check(
                Level.RED,
                "The deadline lies in the past.",
                "Set a deadline still to come.",
                "dates",
            )
        )
    if facts.opens_at is not None and facts.closes_at <= facts.opens_at:
        found.append(
            Check(
                Level.RED,
                "The round closes before it opens.",
                "Move the opening or the deadline.",
                "dates",
            )
        )
    found += _release(facts) + _calendar(facts, now)
    return found or [Check(Level.OK, "Opening, deadline and release are in order.", topic="dates")]


def _release(facts: RoundFacts) -> list[Check]:
    assert facts.closes_at is not None
    latest = max([facts.closes_at, *(s.closes_at for s in facts.streams if s.closes_at)])
    if facts.release_at is None:
        return [
            Check(
                Level.WARN,
                "No day is set for the release of decisions.",
                "Applicants ask for it first: announce a day.",
                "dates",
            )
        ]
    if facts.release_at <= latest:
        return [
            Check(
                Level.RED,
                "Decisions would be released before the last deadline.",
                "Move the release after every deadline.",
                "dates",
            )
        ]
    return _tasks(facts.streams, facts.release_at)


def _tasks(streams: Iterable[StreamFacts], release_at: datetime) -> list[Check]:
    return [
        Check(
            Level.RED,
            f"A task of {stream.name} would be due after the decisions are announced.",
            "Move the release after it, or the task before the release.",
            "dates",
        )
        for stream in streams
        if stream.tasks_due_at is not None and stream.tasks_due_at >= release_at
    ]


def _calendar(facts: RoundFacts, now: datetime) -> list[Check]:
    return [
        Check(
            Level.WARN,
            f"The key date “{label}” lies in the past.",
            "Move it, or remove it from the calendar.",
            "dates",
        )
        for label, at in facts.key_dates
        if at <= now
    ]


def _references(facts: RoundFacts) -> list[Check]:
    """Nothing at all where none are asked for."""
    if not facts.max_referees:
        return []
    due, closes_at = facts.references_due_at, facts.closes_at
    if due is None:
        problem = "References are due at the deadline itself."
        remedy = "Referees asked in the last days will be late: give them a week after it."
    elif closes_at is not None and due < closes_at:
        problem = "References are due before applications close."
        remedy = "Nobody can be asked from then on: set the due instant after the deadline."
    elif facts.release_at is not None and due >= facts.release_at:
        return [
            Check(
                Level.RED,
                "References are due after the decisions are announced.",
                "Set the due instant before the release.",
                "dates",
            )
        ]
    else:
        return [
            Check(Level.OK, f"Up to {facts.max_referees} references are asked for.", topic="dates")
        ]
    return [Check(Level.WARN, problem, remedy, "dates")]


def _anonymity(facts: RoundFacts) -> list[Check]:
    """What an anonymised review keeps from readers, for a person to weigh while it can still be changed."""
    if not facts.anonymised:
        return []
    kept = "files and links" if not facts.max_referees else "files, links and references"
    return [
        Check(
            Level.WARN,
            f"The review is anonymised: readers get no {kept} before the release.",
            "Ask for nothing that only those could show, or switch it off: it stays once the round opens.",
        )
    ]


def _criteria(facts: RoundFacts) -> list[Check]:
    if facts.criteria:
        return [Check(Level.OK, f"Readers score {facts.criteria} criteria.", topic="criteria")]
    return [
        Check(
            Level.RED,
            "There is nothing to score: the round has no criteria.",
            "Add at least one criterion.",
            "criteria",
        )
    ]


def _streams(facts: RoundFacts, now: datetime) -> list[Check]:
    if not facts.streams:
        return [
            Check(
                Level.RED,
                "The round has no stream.",
                "Add one: nobody can choose a direction without it.",
                "streams",
            )
        ]
    opens_at = max(facts.opens_at or now, now)
    found = [check for stream in facts.streams for check in _stream(stream, opens_at)]
    if found:
        return found
    return [Check(Level.OK, f"All {len(facts.streams)} streams are ready.", topic="streams")]


def _stream(stream: StreamFacts, opens_at: datetime) -> list[Check]:
    return [
        Check(level, f"{stream.name} {what}", remedy, "streams")
        for holds, level, what, remedy in _faults(stream, opens_at)
        if holds
    ]


def _faults(stream: StreamFacts, opens_at: datetime) -> list[tuple[bool, Level, str, str]]:
    """Everything that may be wrong with a stream: whether it is, how bad, what, and the remedy."""
    return [
        (not stream.mentors, Level.RED, "has no mentor.", "Name who mentors, one as primary."),
        (not stream.offerings, Level.RED, "offers no direction.", "Offer at least one."),
        (stream.places < 1, Level.RED, "has no places.", "Say how many people it can take."),
        (
            stream.closes_at is not None and stream.closes_at <= opens_at,
            Level.RED,
            "closes before the round opens.",
            "Move its own deadline, or empty it.",
        ),
        (
            stream.without_limit > 0,
            Level.RED,
            f"asks {_questions(stream.without_limit)} without a word limit.",
            "Give each long answer a limit.",
        ),
        (
            stream.without_minutes > 0,
            Level.RED,
            f"asks {_questions(stream.without_minutes)} without an estimate of minutes.",
            "Say honestly how long an answer takes.",
        ),
        (
            not stream.leads,
            Level.WARN,
            "has no lead with an account.",
            "Invite one: until then nobody reads or decides.",
        ),
        (
            not stream.questions,
            Level.WARN,
            "asks no question of its own.",
            "That is allowed; make sure it is meant.",
        ),
    ]


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"


# The opening is filled in by opening, so an answer may wait for it; nothing else fills these.
FAQ_NEEDS = {"round.closes_at": "deadline", "round.release_at": "day of release"}


def _faq(facts: RoundFacts) -> list[Check]:
    known: Mapping[str, object] = {
        "round.name": facts.name,
        "round.opens_at": facts.opens_at,
        "round.closes_at": facts.closes_at,
        "round.release_at": facts.release_at,
    }
    found = []
    for question, answer in facts.faq_texts:
        missing = sorted(name for name in placeholders(answer) if name not in known)
        if missing:
            names = ", ".join(missing)
            found.append(
                Check(
                    Level.RED,
                    f"The answer to “{question}” asks for {names}, that no round has.",
                    "Correct the placeholder in the FAQ.",
                    "faq",
                )
            )
    for name, words in FAQ_NEEDS.items():
        asking = [question for question, answer in facts.faq_texts if name in placeholders(answer)]
        if asking and not known[name]:
            quoted = ", ".join(f"“{question}”" for question in asking)
            found.append(
                Check(
                    Level.WARN,
                    f"Answers of the FAQ would show no {words}: {quoted}.",
                    f"Set the {words}, or change the answers.",
                    "dates",
                )
            )
    return found or [Check(Level.OK, "Every date in the FAQ can be filled in.", topic="faq")]


def _mail(facts: RoundFacts) -> Check:
    if facts.mail_ready:
        return Check(Level.OK, "Mail can be sent.", topic="mail")
    return Check(
        Level.RED,
        "No mail server is set, so no receipt would leave.",
        "Set PORTAL_SMTP_URL and start the portal again.",
        "mail",
    )

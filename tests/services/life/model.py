"""What must be so after any order of what people do, in plain values only, written from docs/rules.md."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from portal.domain.rounds import DEFAULT_GRACE

STREAMS = ("early", "usual")


@dataclass
class Sent:
    """What is remembered of an acknowledged submission."""

    number: str
    received_at: datetime
    interests: str
    answers: dict[str, str]
    ranked: list[str]
    in_grace: bool


@dataclass
class Kept:
    """Something that came too late. `what` is "interests", "ranked", "submit", "restore" or a stream.

    `stream` was closed; `let_in_at` is when a later deadline let it in.
    """

    what: str
    value: Any
    at: datetime
    stream: str | None
    let_in_at: datetime | None = None


@dataclass
class Model:
    """Streams go by name: at first "early" has a deadline of its own, and "usual" the round's."""

    now: datetime
    round_closes: datetime
    own: dict[str, datetime]
    granted: dict[str, datetime] = field(default_factory=dict)
    released_at: datetime | None = None
    interests: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    ranked: list[str] = field(default_factory=list)
    withdrawn: bool = False
    withdrawn_at: set[datetime] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    reads: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    late: list[Kept] = field(default_factory=list)
    let_in: list[Kept] = field(default_factory=list)
    saved: dict[str, datetime] = field(default_factory=dict)

    # -- until when ------------------------------------------------------------------------

    def everybodys(self, name: str) -> datetime:
        return self.own.get(name, self.round_closes)

    def closes(self, name: str) -> datetime:
        later = (at for who, at in self.granted.items() if who in (name, "all"))
        return max([self.everybodys(name), *later])

    def covers(self, *names: str, at: datetime | None = None) -> bool:
        """Whether what arrived `at` (now) met the latest of these streams' deadlines, its grace included."""
        return (at or self.now) < max(map(self.closes, names)) + DEFAULT_GRACE

    def takes(self, *names: str) -> bool:
        """Whether a write that arrives now is taken: nothing is, once decisions are out."""
        return self.covers(*names) and self.released_at is None

    @property
    def is_open(self) -> bool:
        """Whether the round, extensions of single people apart, still takes applications; it has no grace."""
        return self.released_at is None and self.now < max(self.round_closes, *self.own.values())

    def last(self) -> datetime:
        """An instant later than which is later than every deadline there is."""
        return max(self.now, self.round_closes, *map(self.closes, STREAMS))

    def instants(self) -> list[datetime]:
        """The instants around which rules change: each deadline and the end of its grace."""
        closes = set(map(self.closes, STREAMS)) | set(map(self.everybodys, STREAMS))
        return sorted(closes | {at + DEFAULT_GRACE for at in closes})

    # -- what was written ------------------------------------------------------------------

    def writes(self, what: str, value: Any, closed: str | None, taken: bool) -> None:
        """Something arrived: it stands in the working copy, or apart from it, once for the same words."""
        if taken:
            self.put(what, value)
        elif (what, value, closed) not in [(e.what, e.value, e.stream) for e in self.late]:
            self.late.append(Kept(what, value, self.now, closed))

    def put(self, what: str, value: Any) -> None:
        """The same words again are no change, and not newer than what came in between."""
        if what == "restore":
            self.withdrawn = False
        if what in ("restore", "submit"):
            return  # a submit that came too late says nothing that is not in the working copy
        if value == self.value(what):
            return
        if what == "interests":
            self.interests = value
        elif what == "ranked":
            self.ranked = list(value)
        else:
            self.answers[what] = value
        self.saved[what] = self.now

    def value(self, what: str) -> Any:
        general = {"interests": self.interests, "ranked": tuple(self.ranked)}
        return general[what] if what in general else self.answers[what]

    def lets_in(self) -> None:
        """After a grant, and by the job: what the deadlines cover, unless something was saved in its place since."""
        for entry in sorted(self.late, key=lambda each: each.at):
            touched = {entry.stream} - {None}
            if entry.what == "ranked":
                touched |= {name for name in entry.value if name not in self.ranked}
            covered = [self.covers(name, at=entry.at) for name in touched if name]
            if not covered:
                covered = [self.covers(*STREAMS, at=entry.at)]
            overtaken = self.saved.get(entry.what, entry.at) > entry.at
            if all(covered) and not overtaken:
                self.late.remove(entry)
                self.put(entry.what, entry.value)
                if entry.what != "restore":
                    self.let_in.append(replace(entry, let_in_at=self.now))

    def copy(self) -> tuple[object, ...]:
        """The working copy, as a late submit seals it."""
        answers = {name: self.answers[name] for name in self.ranked}
        return self.interests, tuple(self.ranked), answers

    def as_sent(self) -> datetime | None:
        """As of when the working copy says what was sent, if late texts were let in and none was changed since."""
        newest = max((each.at for each in self.let_in), default=None)
        by_letting_in = {(each.what, each.let_in_at) for each in self.let_in}
        held = {"interests", "ranked", *self.ranked}
        later = {(w, at) for w, at in self.saved.items() if w in held and newest and at > newest}
        return newest if later <= by_letting_in else None

    # -- what was sent ---------------------------------------------------------------------

    def concerned(self) -> set[str]:
        """The streams that a submit would change."""
        return {*self.ranked, *(self.sent[-1].ranked if self.sent else [])}

    def only_repeats(self) -> bool:
        """Whether a submit would say nothing new to anybody: then it is answered with the receipt there is."""
        if not self.sent or self.withdrawn:
            return False
        before = self.sent[-1]
        same = (before.interests, before.ranked) == (self.interests, self.ranked)
        same = same and before.answers == {name: self.answers[name] for name in self.ranked}
        readers = [self.reads.get(name) for name in self.ranked if self.covers(name)]
        return same and all(number == before.number for number in readers)

    def submitted(self, number: str, key: str) -> None:
        self.keys[key] = number
        answers = {name: self.answers[name] for name in self.ranked}
        in_grace = any(self.closes(s) <= self.now and self.covers(s) for s in self.ranked)
        self.sent.append(
            Sent(number, self.now, self.interests, answers, list(self.ranked), in_grace)
        )
        self.reads = {name: got for name, got in self.reads.items() if name in self.ranked}
        self.reads.update({name: number for name in self.ranked if self.covers(name)})

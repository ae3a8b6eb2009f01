"""What an invented applicant writes: composed from lines of thought, not from loose sentences.

For each chosen direction two different plans are drawn: the first carries "why" and the project
idea, the second the general statement, so that one application does not repeat itself. A voice keeps
what it named (the model, the task) through all texts about one direction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from portal.demo.grammar import Voice
from portal.demo.material import Material, Plan
from portal.demo.people import DemoPerson, Progress, stream
from portal.demo.style import WORD_LIMITS, Paragraphs, clip, fit, without_articles, words

_LENGTHS = ("two",) * 8 + ("short",) * 20 + ("normal",) * 48 + ("long",) * 17 + ("full",) * 7
_REGISTERS = ("plain",) * 40 + ("careful",) * 26 + ("terse",) * 16 + ("warm",) * 18
_SECOND_LANGUAGE = (
    "es",
    "pt",
    "zh",
    "ar",
    "fr",
    "de",
    "hi",
    "ja",
    "he",
    "fa",
    "el",
    "ko",
    "uk",
    "th",
)


@dataclass(frozen=True)
class DirectionText:
    """The texts about one direction, and what a reader can say of them truthfully."""

    direction: str
    about: str
    why: str
    idea: str
    has_pilot: bool
    has_limit: bool
    has_test: bool
    has_plan: bool


@dataclass(frozen=True)
class DemoTexts:
    """All texts of one applicant; an empty string is a question left blank."""

    interests: str
    background: str
    changed_mind: str
    limits: str
    directions: tuple[DirectionText, ...]
    register: str
    length: str

    def answer(self, source: str, direction: str) -> str:
        """The answer to a question whose ``answered_by`` is ``source``, for a chosen direction.

        ``why`` and ``idea`` come from the direction, the rest from the person. Raises KeyError for
        an unknown source or a direction that was not chosen.
        """
        if source in ("why", "idea"):
            chosen = {text.direction: text for text in self.directions}[direction]
            return chosen.why if source == "why" else chosen.idea
        return {
            "interests": self.interests, "background": self.background,
            "changed_mind": self.changed_mind, "limits": self.limits,
        }[source]  # fmt: skip


def choose_directions(
    material: Material, person: DemoPerson, rng_seed: int, offered: Sequence[str], most: int = 5
) -> tuple[str, ...]:
    """Ranked directions out of ``offered``: popular ones more often, later ones near the first."""
    rng = stream(rng_seed, person.index, "choices")
    if person.progress in (Progress.NEVER_STARTED, Progress.BARELY):
        return ()
    left = sorted(slug for slug in offered if slug in material.directions)
    wanted = min(len(left), most, rng.choice((1, 1, 2, 2, 2, 3, 3, 3, 4, 5)))
    chosen: list[str] = []
    while len(chosen) < wanted:
        near = material.directions[chosen[0]].near if chosen else ()
        weights = [material.directions[slug].weight * (5 if slug in near else 1) for slug in left]
        chosen.append(rng.choices(left, weights)[0])
        left.remove(chosen[-1])
    return tuple(chosen)


def write(
    material: Material, person: DemoPerson, rng_seed: int, directions: Sequence[str]
) -> DemoTexts:
    """All texts of a person for a ranked list of direction slugs.

    Raises KeyError for a direction that has no file under ``texts``.
    """
    return _Writer(material, person, stream(rng_seed, person.index, "texts")).write(directions)


@dataclass(frozen=True)
class _Line:
    """One direction in one person's head: two plans, spoken in one voice."""

    slug: str
    first: Plan
    other: Plan
    voice: Voice


class _Writer:
    def __init__(self, material: Material, person: DemoPerson, rng: Random) -> None:
        self.material, self.person, self.rng = material, person, rng
        self.length = rng.choice(_LENGTHS)
        speaks = person.language in _SECOND_LANGUAGE and rng.random() < 0.35
        self.register = "second" if speaks else rng.choice(_REGISTERS)
        self.drops_articles = speaks and rng.random() < 0.5
        self.sent = person.progress in (Progress.SUBMITTED, Progress.WITHDRAWN)
        self.too_long = not self.sent and rng.random() < 0.2
        self.markdown = rng.random() < 0.2
        self.odd = rng.random() < 0.07
        self.aside_left = 0.35 if rng.random() < 0.8 else 0.0
        self.said: set[str] = set()
        self.job = rng.choice(material.slots["job"])
        self.depth = person.quality + (0.25 if self.length in ("long", "full") else 0.0)

    def write(self, directions: Sequence[str]) -> DemoTexts:
        if self.person.progress is Progress.NEVER_STARTED:
            return DemoTexts("", "", "", "", (), self.register, self.length)
        lines = [self._line(slug) for slug in directions]
        about = [self._direction(line) for line in lines]
        return DemoTexts(
            interests=self._gap(self._interests(lines), 0.3) if lines else "",
            background=self._gap(self._background(), 0.15),
            changed_mind=self._optional("changed", "changed_tie", "changed_mind", lines, 0.15),
            limits=self._optional("limits", "limits_tie", "limits", lines, 0.25),
            directions=tuple(about),
            register=self.register,
            length=self.length,
        )

    # -- one direction ---------------------------------------------------------------------

    def _line(self, slug: str) -> _Line:
        direction = self.material.direction(slug)
        first, other = self.rng.sample(direction.plans, 2)
        voice = Voice(self.rng, direction.slots)
        self._introduce(voice)
        for suffix, plan in (("", first), ("_b", other)):
            voice.bind(f"q{suffix}", voice.phrase(plan.q))
            voice.bind(f"about{suffix}", plan.about)
        return _Line(slug, first, other, voice)

    def _introduce(self, voice: Voice) -> None:
        person = self.person
        voice.bind("institution", person.institution or "home")
        voice.bind("institution_or_home", person.institution or "home")
        voice.bind("field", person.field)
        voice.bind("city", person.city)
        voice.bind("job", self.job)
        voice.bind("hours", str(person.availability.hours))
        voice.bind("handle", person.email.partition("@")[0])

    def _direction(self, line: _Line) -> DirectionText:
        pilot = self.depth > 0.3 and self.length != "two"
        limit = pilot and self.depth > 0.42
        test = self.depth > 0.38 and self.length != "two"
        why = self._why(line, pilot, limit)
        idea = self._idea(line, test)
        return DirectionText(
            direction=line.slug,
            about=line.first.about,
            why=self._gap(self._finish(why, "why", line), 0.3),
            idea=self._gap(self._finish(idea, "idea", line), 0.45),
            has_pilot=pilot,
            has_limit=limit,
            has_test=test,
            has_plan=self.length in ("normal", "long", "full"),
        )

    def _why(self, line: _Line, pilot: bool, limit: bool) -> Paragraphs:
        voice, plan = line.voice, line.first
        noticed = voice.say(plan.noticed)
        question = self._frame("question", voice)
        if self.length == "two":
            return [[noticed, question]]
        evidence = [voice.say(plan.tried)] if pilot else []
        doubt = [voice.say(plan.limit)] if limit else []
        close = [self._frame("why_close", voice)]
        if self.length == "short":
            return [[noticed, *evidence, question]]
        if not limit:  # a last paragraph of stock phrases alone says nothing
            return [[noticed, *evidence, question, *close]]
        lead = self._frame("why_lead", voice)
        shapes: list[Paragraphs] = [
            [[lead, noticed], [*evidence, *doubt, question, *close]],
            [[question, noticed], [*evidence, *doubt, *close]],
            [[noticed, *evidence, *doubt, question]],
            [[lead, question, noticed], [*evidence, *doubt, *close]],
        ]
        return self.rng.choice(shapes)

    def _idea(self, line: _Line, test: bool) -> Paragraphs:
        voice, plan = line.voice, line.first
        step = voice.say(plan.next)
        proof = [voice.say(plan.test)] if test else []
        size, time = self._frame("size", voice), self._frame("timeline", voice)
        if self.length == "two":
            return [[step, size]]
        if self.length == "short":
            return [[step, size, *(proof or [time])]]
        if self.markdown:
            return self._listed(voice, f"{step} {size}", proof, time)
        if self.length == "normal":
            return [[self._frame("idea_lead", voice), step, size, *proof, time]]
        last = [*proof, time, self._frame("fallback", voice)]
        return [[self._frame("idea_lead", voice), self._frame("question", voice), step, size], last]

    def _listed(self, voice: Voice, step: str, proof: list[str], time: str) -> Paragraphs:
        lines = [f"- **Question.** {voice.say('{q}')}.", f"- **First experiment.** {step}"]
        lines += [f"- **What would settle it.** {sentence}" for sentence in proof]
        lines.append(f"- **Time and cost.** {time}")
        block = "\n".join(lines)
        extra = self.rng.random()
        if extra < 0.25:
            return [[block], [voice.say(self._any("code"))]]
        return [[block], [voice.say(self._any("link"))]] if extra < 0.6 else [[block]]

    # -- the person ------------------------------------------------------------------------

    def _interests(self, lines: Sequence[_Line]) -> str:
        line = lines[0]
        voice, plan = line.voice, line.other
        opening = voice.say(self._any(f"opening.{self.person.position}", ""))
        noticed = voice.say(plan.noticed)
        matter = [self._about(line, "_b"), noticed]
        if self.depth > 0.3:
            matter += [voice.say(plan.tried)]
        if self.depth > 0.45:
            matter += [voice.say(plan.limit)]
        bridge = [self._bridge(lines[1])] if len(lines) > 1 else []
        work = [self._frame("work", voice)]
        if self.length == "two":
            return self._finish([[noticed, self._about(line, "_b")]], "interests", line)
        if self.length == "short":
            return self._finish([[opening, *matter[:3]]], "interests", line)
        plans = [voice.say(plan.next)] if self.depth > 0.5 else []
        first = [opening, voice.say(self._any("turn"))]
        first += [voice.say(self._any("proof"))] if self.rng.random() < 0.6 else []
        last = [*plans, *bridge, *work, self._frame("want", voice)]
        paragraphs = [first, matter, last] if plans or bridge else [first, matter + last]
        if self.length == "full":
            paragraphs.insert(2, [voice.say(line.first.noticed), self._about(line, "")])
        if self.register == "terse":
            paragraphs = [
                [opening, *matter],
                [*plans, *bridge, voice.say(self._any("proof")), *work],
            ]
        return self._finish(paragraphs, "interests", line)

    def _about(self, line: _Line, suffix: str) -> str:
        voice = line.voice
        return self._frame("question", voice, (("{q}", f"{{q{suffix}}}"),))

    def _bridge(self, line: _Line) -> str:
        return self._frame("bridge", line.voice)

    def _background(self) -> str:
        voice = Voice(self.rng, self.material.slots)
        self._introduce(voice)
        native = self.material.frames.get(f"native_story.{self.person.language}")
        if native and self.rng.random() < 0.12:
            return voice.say(voice.pick(native))
        opening = voice.say(self._any(f"opening.{self.person.position}", ""))
        turn, proof = voice.say(self._any("turn")), voice.say(self._any("proof"))
        close = voice.say(self._any("story_close"))
        if self.length == "two":
            return f"{opening} {proof}"
        if self.length == "short" or self.register == "terse":
            return self._finish([[opening, turn, proof]], "background", None, voice)
        second = [proof, voice.say(self._any("proof")), close]
        return self._finish([[opening, turn], second], "background", None, voice)

    def _optional(
        self, name: str, tie: str, question: str, lines: Sequence[_Line], blank: float
    ) -> str:
        if not lines or self.rng.random() < blank + 0.3 * (1 - self.person.care):
            return ""
        line = self.rng.choice(lines)
        sentences = [line.voice.say(self._any(name)), line.voice.say(self._any(tie))]
        if self.length in ("long", "full") and name == "limits":
            sentences.insert(1, line.voice.say(self._any(name)))
        return self._gap(self._finish([sentences], question, line), 0.5)

    # -- style -----------------------------------------------------------------------------

    def _frame(self, name: str, voice: Voice, swap: Sequence[tuple[str, str]] = ()) -> str:
        template = self._fresh(self._options(name))
        for old, new in swap:
            template = template.replace(old, new)
        return voice.say(template)

    def _options(self, name: str) -> Sequence[str]:
        frames = self.material.frames
        return frames.get(f"{name}.{self.register}") or frames[f"{name}.plain"]

    def _any(self, name: str, suffix: str = ".any") -> str:
        return self._fresh(self.material.frames[f"{name}{suffix}"])

    def _fresh(self, options: Sequence[str]) -> str:
        """A sentence that this person has not used yet, as long as there is one."""
        left = [option for option in options if option not in self.said] or options
        chosen = left[int(self.rng.random() * len(left))]
        self.said.add(chosen)
        return chosen

    def _finish(
        self, paragraphs: Paragraphs, question: str, line: _Line | None, voice: Voice | None = None
    ) -> str:
        """Add the person's tics, cut to the limit (or run over it), and join."""
        speaker = voice or (line.voice if line else None)
        if speaker is not None:
            self._decorate(paragraphs, speaker)
        if self.register == "terse":
            paragraphs = [[clip(sentence) for sentence in part] for part in paragraphs]
        limit = WORD_LIMITS[question]
        grows = line is not None and question in ("interests", "why", "idea")
        if line is not None and grows and (self.too_long or self.length == "full"):
            self._overrun(paragraphs, line, question)
        if not (grows and self.too_long):
            paragraphs = fit(paragraphs, limit)
        text = "\n\n".join(" ".join(part) for part in paragraphs if part)
        return without_articles(text, self.rng) if self.drops_articles else text

    def _decorate(self, paragraphs: Paragraphs, voice: Voice) -> None:
        if self.odd and self.rng.random() < 0.4:
            if self.rng.random() < 0.25:
                paragraphs[0].insert(0, voice.say(self._any("formula")))
            else:
                paragraphs[-1].append(voice.say(self._any("oddity")))
        asides = self.material.frames.get(f"aside.{self.person.language}")
        if asides and self.rng.random() < self.aside_left:
            self.aside_left = 0.0
            paragraphs[0].append(voice.say(voice.pick(asides)))

    def _overrun(self, paragraphs: Paragraphs, line: _Line, question: str) -> None:
        """Go on with neighbouring lines of thought until the limit is passed."""
        plans = self.material.direction(line.slug).plans
        for plan in self.rng.sample(plans, 8):
            if (
                sum(words(sentence) for part in paragraphs for sentence in part)
                > WORD_LIMITS[question] * 1.1
            ):
                return
            if plan in (line.first, line.other):
                continue
            if question == "idea":
                part = [
                    self._fresh(self.material.frames["further.any"]).replace("{plan}", plan.about)
                ]
                part += [plan.next, self._fresh(self._options("size")), plan.test]
            else:
                part = [plan.noticed, plan.tried, plan.limit]
            paragraphs.append([line.voice.say(sentence) for sentence in part])

    def _gap(self, text: str, chance: float) -> str:
        """What was never written, or broke off, in an application that was not sent."""
        if self.sent:
            return text
        if self.person.progress is Progress.BARELY:
            chance = 0.6
        draw = self.rng.random()
        if draw < chance:
            return ""
        if draw < chance + 0.15:
            kept = text.split(" ")
            return " ".join(kept[: max(4, int(len(kept) * self.rng.uniform(0.2, 0.8)))])
        return text

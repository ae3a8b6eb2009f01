"""Optional questions about one's person, and how answers may be counted: in groups of five or more, or not at all.

A group that is kept back must not follow from the others and the total. So, with one group kept back, or with groups
that make fewer than five together, the next smallest goes with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 5  # people in a group that is shown
PREFER_NOT = "prefer_not"
NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class SurveyQuestion:
    """One question; `options` are (value, words). "Prefer not to say" is always the last of them."""

    slug: str
    words: str
    answers: tuple[tuple[str, str], ...]

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        return (*self.answers, (PREFER_NOT, "Prefer not to say"))


QUESTIONS = (
    SurveyQuestion(
        "age",
        "How old are you?",
        (
            ("18_24", "18 to 24"),
            ("25_34", "25 to 34"),
            ("35_44", "35 to 44"),
            ("45_up", "45 or over"),
        ),
    ),
    SurveyQuestion(
        "gender",
        "How do you describe your gender?",
        (("woman", "Woman"), ("man", "Man"), ("other", "In another way")),
    ),
    SurveyQuestion(
        "region",
        "Where did you grow up?",
        (
            ("africa", "Africa"),
            ("asia", "Asia"),
            ("europe", "Europe"),
            ("latin_america", "Latin America and the Caribbean"),
            ("north_america", "North America"),
            ("oceania", "Oceania"),
        ),
    ),
    SurveyQuestion(
        "first_generation",
        "Did a parent or guardian of yours finish a university degree?",
        (("yes", "Yes"), ("no", "No"), ("unsure", "I do not know")),
    ),
    SurveyQuestion(
        "disability",
        "Do you have a disability or a long-term health condition?",
        (("yes", "Yes"), ("no", "No")),
    ),
)


def cleaned(typed: Mapping[str, str]) -> dict[str, str]:
    """The answers among what was sent, by question. What is no option of its question counts as no answer."""
    return {
        question.slug: typed[question.slug]
        for question in QUESTIONS
        if typed.get(question.slug) in dict(question.options)
    }


# -- reports -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """How many gave one answer; None where the number is kept back."""

    words: str
    count: int | None


@dataclass(frozen=True)
class Tally:
    """One question's groups. `kept_back` is how many the groups without a number hold together."""

    question: SurveyQuestion
    groups: tuple[Group, ...]
    kept_back: int

    @property
    def is_hidden(self) -> bool:
        """Whether no group can be shown."""
        return all(group.count is None for group in self.groups)


def tally(question: SurveyQuestion, counts: Mapping[str, int], total: int) -> Tally | None:
    """The groups of one question among `total` people; None where they are too few to count at all."""
    if total < LEAST:
        return None
    sizes = {value: counts.get(value, 0) for value, _ in question.options}
    sizes[NO_ANSWER] = total - sum(sizes.values())
    hidden = hidden_groups(sizes)
    words = (*question.options, (NO_ANSWER, "No answer"))
    return Tally(
        question,
        tuple(Group(text, None if value in hidden else sizes[value]) for value, text in words),
        sum(sizes[value] for value in hidden),
    )


def hidden_groups(sizes: Mapping[str, int]) -> set[str]:
    """Which groups are kept back, so that neither one nor several of them together show fewer than five people."""
    by_size: Sequence[str] = sorted(sizes, key=lambda value: (sizes[value], value))
    hidden = {value for value in by_size if sizes[value] < LEAST}
    for value in by_size:
        if not hidden or (len(hidden) > 1 and sum(sizes[each] for each in hidden) >= LEAST):
            break
        hidden.add(value)
    return hidden

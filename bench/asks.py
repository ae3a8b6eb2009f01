"""What is asked of the measured portal: the pages that people open, and what they send."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bench.world import World
from portal.extensions import db
from portal.models import Application, Review, Round, SectionAnswers, StreamApplication

BARE = "/bench/bare"
STATEMENT = """I would like to know what a language model computes before it writes an answer: which features of its
activations cause the next word, whether a probe reads what the model uses, and how two versions of a model differ."""

Form = Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """One kind of request. `form` makes a POST's fields anew each time (`path` too, where it is a function)."""

    label: str
    path: str | Callable[[], str]
    who: str = ""
    form: Callable[[], Form] | None = None
    judged: bool = False  # whether the bar of thirty bare pages and 100 kB is asked of it
    bare: bool = False


def asks(world: World) -> list[Ask]:
    bare = Ask("a bare Flask page", BARE, bare=True)
    return [bare, *_of_reader(world), *_of_admin(world), *_of_applicant(world), *_of_visitor(world)]


def _of_reader(world: World) -> list[Ask]:
    stream, reviewed = world.stream_id, _Reviewing(world)
    middle = world.queue[len(world.queue) // 2]
    return [
        Ask("reader: queue", f"/review?stream={stream}", "reader", judged=True),
        Ask(
            "reader: queue, what is left",
            f"/review?stream={stream}&mine=left",
            "reader",
            judged=True,
        ),
        Ask(
            "reader: queue, a search",
            f"/review?stream={stream}&q=probe+model",
            "reader",
            judged=True,
        ),
        Ask("reader: queue, page 40", f"/review?stream={stream}&page=40", "reader", judged=True),
        Ask("reader: one application", f"/review/{middle}?stream={stream}", "reader", judged=True),
        Ask("reader: save a review", reviewed.path, "reader", reviewed.form),
        Ask("reader: ranking", f"/review/ranking?stream={stream}", "reader"),
    ]


def _of_admin(world: World) -> list[Ask]:
    slug = world.round_slug
    return [
        Ask("admin: applications", "/admin/applications", "admin", judged=True),
        Ask("admin: applications, a search", "/admin/applications?q=maria", "admin", judged=True),
        Ask("admin: round", f"/admin/rounds/{slug}", "admin", judged=True),
        Ask("admin: rounds", "/admin/rounds", "admin"),
        Ask("admin: overview", "/admin", "admin"),
        Ask("admin: decisions", f"/admin/rounds/{slug}/decisions", "admin"),
        Ask("admin: people", "/admin/people", "admin"),
        Ask("admin: mail", "/admin/mail", "admin"),
        Ask("admin: audit log", "/admin/audit", "admin"),
    ]


def _of_applicant(world: World) -> list[Ask]:
    apply, written = f"/apply/{world.round_slug}", _Writing(world)
    return [
        Ask("applicant: task list", apply, "applicant"),
        Ask("applicant: check page", f"{apply}/check", "applicant"),
        Ask("applicant: save a section", f"{apply}/background", "applicant", written.section),
        Ask("applicant: submit", f"{apply}/submit", "applicant", written.submit),
    ]


def _of_visitor(world: World) -> list[Ask]:
    return [
        Ask("public: home", "/"),
        Ask("public: directions", "/directions"),
        Ask("public: one direction", f"/directions/{world.direction}"),
        Ask("public: papers", "/papers"),
        Ask("public: papers, a search", "/papers?q=probes"),
        Ask("public: find, an answer", "/find", form=lambda: {"text": STATEMENT}),
    ]


class _Reviewing:
    """Scores one unread application after another, as somebody does who presses "save and next"."""

    def __init__(self, world: World) -> None:
        self.world, self.next = world, 0

    def path(self) -> str:
        key = self.world.queue[self.next % len(self.world.queue)]
        return f"/review/{key}?stream={self.world.stream_id}"

    def form(self) -> Form:
        key = self.world.queue[self.next % len(self.world.queue)]
        self.next += 1
        with self.world.app.app_context():
            row = db.session.get_one(StreamApplication, key)
            own = db.session.scalar(
                sa.select(Review.version).where(
                    Review.stream_application_id == key, Review.reader_id == self.world.reader_id
                )
            )
            criteria = db.session.get_one(Round, self.world.round_id).criteria
            return {
                "version": own or 0,
                "submission": row.submission_id,
                "recommendation": "yes",
                "comment": "Clear about what would count as a failure, and small enough to finish.",
                "then": "next",
                **{f"score_{criterion.slug}": "4" for criterion in criteria},
            }


class _Writing:
    """Changes a section again and again, and submits the change."""

    def __init__(self, world: World) -> None:
        self.world, self.count = world, 0

    def section(self) -> Form:
        self.count += 1
        with self.world.app.app_context():
            row = db.session.scalars(
                sa.select(SectionAnswers)
                .join(Application, Application.id == SectionAnswers.application_id)
                .where(
                    Application.user_id == self.world.applicant_id,
                    Application.round_id == self.world.round_id,
                    SectionAnswers.section == "background",
                )
            ).one()
            story = f"{self.count} small results, each with what did not work."
            return {**row.answers, "story": story, "version": row.version, "then": "list"}

    def submit(self) -> Form:
        return {"key": secrets.token_urlsafe(12)}

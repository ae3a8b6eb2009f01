"""Admin: what needs attention now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, url_for

from portal.domain.instants import time_left
from portal.domain.permissions import Policy
from portal.domain.preflight import preflight, reds
from portal.domain.rounds import Phase, last_close, phase
from portal.queries import admin_rounds, round_progress
from portal.queries.admin_rounds import MailBacklog, RoundLine, Waiting
from portal.web.admin.navigation import local_navigation
from portal.web.admin.rounds import PHASE_KINDS, mail_ready, state_sentence
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = Blueprint("admin_dashboard", __name__, url_prefix="/admin")
bp.app_context_processor(local_navigation)

SOON = timedelta(days=14)
MAIL_IS_LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Task:
    """One thing that waits: what, where it is done, and how pressing it is (kinds of components/status.html)."""

    text: str
    href: str
    label: str
    kind: str = "warn"


@bp.get("")
@policy(Policy.ADMIN)
def index() -> str:
    now = received_at()
    lines = admin_rounds.list_rounds(viewer(), archived=False)
    ids = [line.round.id for line in lines]
    waiting = admin_rounds.waiting_in(ids, now)
    undecided = round_progress.undecided_in(ids)
    backlog = admin_rounds.mail_backlog()
    tasks = [task for line in lines for task in _tasks(line, waiting[line.round.id], now)]
    tasks += [task for line in lines for task in _undecided(line, undecided, now)]
    tasks += _opening_tasks(lines, waiting, now)
    return render_template(
        "admin/dashboard/index.html",
        rounds=[
            (
                line,
                phase(line.instants, now),
                state_sentence(line.round, line.instants, now),
                waiting[line.round.id],
            )
            for line in lines
        ],
        kinds=PHASE_KINDS,
        tasks=[*tasks, *_mail_tasks(backlog, now)],
        backlog=backlog,
    )


def _page(line: RoundLine) -> str:
    return url_for("admin_rounds.show", slug=line.round.slug)


def _tasks(line: RoundLine, waiting: Waiting, now: datetime) -> list[Task]:
    """What applicants of a round wait for, and a deadline or a release that is near."""
    name, slug = line.round.name, line.round.slug
    found, stage = [], phase(line.instants, now)
    # After the release nobody can be given more time: there is nothing left to grant.
    if waiting.extensions_asked and stage not in (Phase.RELEASED, Phase.ARCHIVED):
        href = url_for("admin_extensions.index", slug=slug)
        text = f"{name}: {waiting.extensions_asked} asked for an extension."
        found.append(Task(text, href, "Grant or decline", "bad"))
    if waiting.unanswered:
        href = url_for("admin_enquiries.index", round=slug)
        count = waiting.unanswered
        text = f"{name}: {_counted(count, 'question')} from applicants to answer."
        found.append(Task(text, href, "Answer"))
    latest = last_close(line.instants)
    if stage is Phase.OPEN and latest is not None and latest - now < SOON and waiting.drafts:
        drafts = _counted(waiting.drafts, "draft")
        text = f"{name}: {drafts} not submitted, {time_left(latest, now)} before the close."
        found.append(Task(text, _page(line), "Look", "progress"))
    release = line.round.release_at
    if stage is Phase.CLOSED and release is not None and release <= now:
        text = f"{name}: decisions were announced for {time_left(now, release)} ago and are not released."
        found.append(Task(text, _page(line), "Look", "bad"))
    return found


def _undecided(line: RoundLine, undecided: Mapping[int, int], now: datetime) -> list[Task]:
    count = undecided.get(line.round.id, 0)
    if not count or phase(line.instants, now) is not Phase.CLOSED:
        return []
    text = f"{line.round.name}: {_counted(count, 'decision')} of streams still to be made."
    return [Task(text, _page(line), "Progress", "progress")]


def _opening_tasks(
    lines: list[RoundLine], waiting: Mapping[int, Waiting], now: datetime
) -> list[Task]:
    """The next round that opens by itself, when something in it is red: it would open all the same."""
    scheduled = [
        line
        for line in lines
        if phase(line.instants, now) is Phase.SCHEDULED and line.round.opens_at is not None
    ]
    if not scheduled:
        return []
    line = min(scheduled, key=lambda found: found.round.opens_at or now)
    facts = admin_rounds.round_facts(
        line.round, criteria_count=waiting[line.round.id].criteria, mail_ready=mail_ready()
    )
    red = reds(preflight(facts, now))
    if not red or line.round.opens_at is None:
        return []
    text = (
        f"{line.round.name} opens by itself in {time_left(line.round.opens_at, now)}, "
        f"and {len(red)} of its checks {'is' if len(red) == 1 else 'are'} red."
    )
    return [Task(text, _page(line) + "#preflight", "See which", "bad")]


def _mail_tasks(backlog: MailBacklog, now: datetime) -> list[Task]:
    found = []
    if backlog.failed:
        found.append(
            Task(
                f"{_counted(backlog.failed, 'mail')} could not be sent.",
                "/admin/mail",
                "See why",
                "bad",
            )
        )
    if backlog.oldest is not None and now - backlog.oldest > MAIL_IS_LATE:
        mails = _counted(backlog.waiting, "mail")
        text = f"{mails} to be sent, the oldest since {time_left(now, backlog.oldest)}."
        found.append(Task(text, "/admin/mail", "Look"))
    return found


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

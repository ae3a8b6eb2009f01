"""Jobs that run beside the web server: `portal worker` takes them from a queue.

The queue is a SQLite file in the data folder; with `PORTAL_REDIS_URL` it is Redis; in tests a job runs where it is
called. Jobs may run late, twice, or not for a day: none of them decides anything that a page relies on.
"""

import functools
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huey import Huey, MemoryHuey, RedisHuey, SqliteHuey, crontab

from portal import clock
from portal.adapters import mail
from portal.config import Mode, Settings
from portal.domain.retention import Terms
from portal.services import (
    audit_anchor,
    delivery,
    digests,
    erasure,
    files,
    promotion,
    reference_desk,
    reminders,
    retention,
    throttle,
)
from portal.services.applications import Mail

log = logging.getLogger(__name__)
DELIVERIES_EACH_MINUTE = (0, 15, 30, 45)  # seconds after the minute
AT_MOST = 50.0  # seconds that one delivery goes on, so that other jobs have their turn among 50,000 letters
WRITES_AT_MOST = 15.0  # seconds that writing reminders goes on, for the same reason


@dataclass(frozen=True)
class Job:
    """Something to do again and again. `when` answers whether a minute is one of its minutes (Huey's crontab)."""

    name: str
    when: Callable[[datetime], bool]
    run: Callable[[Settings, datetime], object]


# Jobs of other features: one line each. They run in an application context of their own.
JOBS: tuple[Job, ...] = (
    Job("daily_digests", crontab(minute="*/15"), lambda _, now: digests.send_due_digests(now)),
    Job(
        "draft_reminders",
        crontab(minute="*"),
        lambda _, now: reminders.send_due_reminders(now, WRITES_AT_MOST),
    ),
    Job(
        "reference_reminders",
        crontab(minute="20"),
        lambda settings, now: reference_desk.send_due_reminders(_letterhead(settings), now),
    ),
    Job("let_in_late_texts", crontab(minute="*/5"), lambda _, now: promotion.let_in_covered(now)),
    Job(
        "anchor_audit_log",
        crontab(minute="*"),
        lambda settings, now: audit_anchor.keep_each_minute(settings.data_dir, now),
    ),
    Job("forget_tries", crontab(minute="40"), lambda _, now: throttle.forget_old(now)),
    Job("sweep_files", crontab(minute="50"), lambda _, now: files.sweep(now)),
    Job("finish_erasures", crontab(minute="30"), lambda _, now: erasure.finish(now)),
    Job(
        "forget_what_is_due",
        crontab(minute="10", hour="3"),
        lambda settings, now: retention.run(Terms.of(settings.keep_days), now),
    ),
)


def _letterhead(settings: Settings) -> Mail:
    return Mail(settings.programme_name, settings.base_url, settings.contact_address)


def make_queue(settings: Settings) -> Huey:
    if settings.mode is Mode.TEST:
        return MemoryHuey("portal", immediate=True, utc=True)
    if settings.redis_url:
        return RedisHuey("portal", url=settings.redis_url, utc=True)
    return SqliteHuey("portal", filename=str(settings.data_dir / "jobs.db"), utc=True)


def deliver(settings: Settings, at_most: float | None = None) -> delivery.Tally:
    """Send what is due; begin no batch after `at_most` seconds. In demo and test modes nothing ever leaves."""
    if not settings.is_production or not settings.smtp_url:
        return delivery.Tally()
    connect = functools.partial(
        mail.server,
        settings.smtp_url,
        sender=settings.mail_from,
        sender_name=settings.programme_name,
    )
    total, began = delivery.Tally(), time.monotonic()
    while True:
        batch = delivery.deliver_due(connect, clock.now)
        total = delivery.Tally(
            total.sent + batch.sent, batch.postponed, total.failed + batch.failed
        )
        if not batch.sent or (at_most is not None and time.monotonic() - began > at_most):
            return total


def register(
    queue: Huey, settings: Settings, context: Callable[[], AbstractContextManager[Any]]
) -> None:
    """Give the queue its jobs. `context` opens what a job needs to reach the database."""

    @queue.task(name="deliver_mail")
    def deliver_mail() -> None:
        with context():
            deliver(settings, AT_MOST)

    @queue.periodic_task(crontab(minute="*"), name="start_deliveries")
    def start_deliveries() -> None:
        for seconds in DELIVERIES_EACH_MINUTE:
            deliver_mail.schedule(delay=seconds)

    @queue.on_startup()
    def deliver_what_waited() -> None:
        """A worker that comes back after a kill does not leave a receipt waiting for the next minute."""
        deliver_mail()

    for job in JOBS:
        queue.periodic_task(job.when, name=job.name)(_in_context(job, settings, context))


def _in_context(
    job: Job, settings: Settings, context: Callable[[], AbstractContextManager[Any]]
) -> Callable[[], None]:
    @functools.wraps(job.run)
    def run() -> None:
        with context():
            job.run(settings, clock.now())

    return run

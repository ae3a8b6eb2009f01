"""The accounts of a demo, and who of its people does what in which round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from portal.demo.batch import Batch
from portal.demo.calendar import DAY, Calendar
from portal.demo.material import Material
from portal.demo.people import DemoPerson, Link, Progress, person, stream
from portal.demo.plan import AccountPlan, RoundPlan
from portal.models import User

# Numbers of people beyond any crowd: the shown applicants, and those who were in the past round only.
FIRST_SHOWN, FIRST_PAST = 1_000_000, 2_000_000
LARGEST_PAST = 400


@dataclass(frozen=True)
class Crowd:
    """Everybody in the demo. `password_hash` is the one they share."""

    number: int
    plan: RoundPlan
    material: Material
    password_hash: str
    registered_at: datetime

    def staff(self, batch: Batch) -> dict[str, int]:
        """Admins and readers, by address."""
        users = {
            each.email: self._user(batch, each.email, each.name, self.registered_at)
            for each in self.plan.staff
        }
        for account in self.plan.accounts:
            if account.role == "admin":
                users[account.email] = self._user(
                    batch, account.email, account.name, self.registered_at, is_admin=True
                )
        return users

    @property
    def shown(self) -> dict[str, AccountPlan]:
        """The applicants whom a visitor can sign in as, by address."""
        return {each.email: each for each in self.plan.accounts if each.role == "applicant"}

    def applicants(self, count: int) -> Iterator[DemoPerson]:
        """The shown applicants first, then `count` others."""
        for index, account in enumerate(self.shown.values(), FIRST_SHOWN):
            yield self._shown(index, account)
        for index in range(count):
            yield _allowed(person(self.number, index, self.material))

    def past_only(self, count: int) -> Iterator[DemoPerson]:
        """People who applied half a year before and do not come back."""
        for index in range(FIRST_PAST, FIRST_PAST + count):
            drawn = person(self.number, index, self.material)
            handle = drawn.email.partition("@")[0].rstrip("0123456789")
            email = f"{handle}.{index - FIRST_PAST + 1}@example.org"
            yield replace(drawn, email=email, returning=False)

    def account(self, batch: Batch, person: DemoPerson, before: datetime) -> int:
        """An applicant's account, confirmed some time before they began."""
        rng = stream(self.number, person.index, "account")
        at = before - timedelta(minutes=rng.uniform(10, 3000))
        return self._user(batch, person.email, person.name, at, time_zone=person.time_zone)

    def _shown(self, index: int, account: AccountPlan) -> DemoPerson:
        drawn = person(self.number, index, self.material)
        handle = account.email.partition("@")[0]
        country, city, time_zone = account.home
        return replace(
            drawn,
            email=account.email,
            name=account.name,
            latin_name=account.name,
            own_script=None,
            country=country,
            city=city,
            time_zone=time_zone,
            language="en",
            links=tuple(Link(each.label, _with_handle(each.url, handle)) for each in drawn.links),
            age=max(drawn.age, 21),
            returning=False,
            quality=0.9,
            care=0.9,
            progress=account.progress,
            submitted_before=timedelta(hours=31)
            if account.progress is Progress.SUBMITTED
            else None,
            started_before=9 * DAY,
        )

    def _user(
        self,
        batch: Batch,
        email: str,
        name: str,
        at: datetime,
        *,
        is_admin: bool = False,
        time_zone: str = "Europe/London",
    ) -> int:
        row = batch.add(
            User,
            email=email,
            email_key=email.casefold(),
            name=name,
            password=self.password_hash,
            active=True,
            is_admin=is_admin,
            time_zone=time_zone,
            fs_uniquifier=sha256(f"{self.number}:{email}".encode()).hexdigest(),
            confirmed_at=at + timedelta(minutes=2),
            consented_at=at,
            created_at=at,
        )
        return int(row["id"])


def _allowed(drawn: DemoPerson) -> DemoPerson:
    """Who will not be 18 at the start finds out on the check page, and cannot submit."""
    if drawn.age >= 18 or drawn.progress not in (Progress.SUBMITTED, Progress.WITHDRAWN):
        return drawn
    return replace(drawn, progress=Progress.HALF_DONE, submitted_before=None)


def _with_handle(url: str, handle: str) -> str:
    """The invented address of a page, under another person's handle."""
    return re.sub(r"(?<=[/~])[^/~]*\d{5,}", handle, url)


def in_past(drawn: DemoPerson, number: int, calendar: Calendar) -> DemoPerson:
    """The same person half a year younger: submitted, at another moment."""
    rng = stream(number, drawn.index, "past")
    early = calendar.closes_at - calendar.opens_at - 5 * DAY
    hours = rng.choice((rng.uniform(0.2, 20), rng.uniform(20, 70), rng.uniform(70, 500)))
    submitted = min(timedelta(hours=round(hours, 4)), early)
    return replace(
        drawn,
        progress=Progress.SUBMITTED,
        age=max(18, drawn.age),
        submitted_before=submitted,
        started_before=submitted + timedelta(hours=rng.uniform(3, 100)),
    )

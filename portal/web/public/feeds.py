"""What calendars and feed readers fetch."""

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from icalendar import Calendar, Event

from portal.config import Settings
from portal.domain import instants
from portal.domain.permissions import Policy
from portal.domain.rounds import Phase
from portal.queries.papers import PaperFilter, find_papers
from portal.queries.rounds import DatedEntry, RoundView, public_rounds
from portal.web.guard import received_at, settings
from portal.web.policies import policy

bp = Blueprint("public_feeds", __name__)

FEED_LENGTH = 50


@bp.get("/dates.ics")
@policy(Policy.PUBLIC)
def calendar() -> ResponseReturnValue:
    now, ours = received_at(), settings()
    rounds = [each for each in public_rounds(now) if each.phase is not Phase.ARCHIVED]
    response = Response(calendar_file(rounds, ours, now), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'inline; filename="dates.ics"'
    return response


def calendar_file(rounds: list[RoundView], ours: Settings, now: datetime) -> bytes:
    """The key dates of `rounds` as RFC 5545. An entry keeps its UID when its date moves, so calendars move it too."""
    found = Calendar()
    found.add("prodid", f"-//{ours.programme_name}//Key dates//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", f"{ours.programme_name}: key dates")
    found.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for round_ in rounds:
        used: dict[str, int] = {}
        for entry in round_.key_dates:
            name = entry.kind if entry.kind != "extra" else f"extra-{entry.label}"
            used[name] = used.get(name, 0) + 1
            uid = f"{round_.slug}-{_plain(name)}-{used[name]}@{ours.host}"
            found.add_component(_event(round_, entry, uid, ours.base_url, now))
    return bytes(found.to_ical())


def _plain(text: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _event(round_: RoundView, entry: DatedEntry, uid: str, base_url: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now)
    event.add("dtstart", entry.at.astimezone(UTC))
    event.add("summary", f"{round_.name}: {entry.label}")
    both = f"{instants.in_utc(entry.at)}; {instants.anywhere_on_earth(entry.at)}."
    event.add("description", f"{both} {entry.note}".strip())
    event.add("url", f"{base_url}/dates")
    event.add("transp", "TRANSPARENT")
    return event


@bp.get("/papers.atom")
@policy(Policy.PUBLIC)
def papers() -> ResponseReturnValue:
    found = find_papers(PaperFilter(), size=FEED_LENGTH).items
    newest = max((paper.date for paper in found), default=None)
    updated = datetime.combine(newest, time(), UTC) if newest else datetime(2021, 1, 1, tzinfo=UTC)
    response = make_response(
        render_template("public/papers/feed.xml", papers=found, updated=updated)
    )
    response.mimetype = "application/atom+xml"
    response.add_etag()
    return response.make_conditional(request)

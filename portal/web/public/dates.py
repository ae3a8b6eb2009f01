"""Key dates and the stream table of the current round; every date comes from the round's record."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.domain import instants
from portal.domain.permissions import Policy
from portal.domain.rounds import Phase
from portal.queries.rounds import (
    StreamRow,
    choose_current,
    current_round,
    public_rounds,
    stream_table,
)
from portal.web import structured
from portal.web.csv_export import csv_file
from portal.web.guard import received_at, settings
from portal.web.policies import policy
from portal.web.round_words import round_sentence

bp = Blueprint("public_dates", __name__)

CSV_HEADS = ("stream", "mentors", "directions", "places", "closes_utc", "closes_aoe", "minutes")


@bp.get("/dates")
@policy(Policy.PUBLIC)
def dates() -> ResponseReturnValue:
    now = received_at()
    rounds = public_rounds(now)
    round_ = choose_current(rounds, now)
    ours = settings()
    others = [each for each in rounds if each != round_ and each.phase is not Phase.ARCHIVED]
    return render_template(
        "public/dates/dates.html",
        round=round_,
        others=others,
        sentence=round_sentence(round_, now),
        closes_at=round_.next_close(now) if round_ else None,
        coming=next((entry for entry in round_.key_dates if entry.at > now), None)
        if round_
        else None,
        canonical_url=f"{ours.base_url}/dates",
        data=structured.programme(ours.programme_name, ours.base_url, round_),
    )


@bp.get("/streams")
@policy(Policy.PUBLIC)
def streams() -> ResponseReturnValue:
    now = received_at()
    round_ = current_round(now)
    return render_template(
        "public/dates/streams.html",
        round=round_,
        streams=stream_table(round_) if round_ else (),
        sentence=round_sentence(round_, now),
        canonical_url=f"{settings().base_url}/streams",
    )


@bp.get("/streams.csv")
@policy(Policy.PUBLIC)
def export() -> ResponseReturnValue:
    round_ = current_round(received_at())
    rows = stream_table(round_) if round_ else []
    return csv_file("streams.csv", CSV_HEADS, map(_csv_row, rows))


def _csv_row(stream: StreamRow) -> tuple[object, ...]:
    closes = stream.closes_at
    return (
        stream.name,
        "; ".join(mentor.name for mentor in stream.mentors),
        "; ".join(direction.title for direction in stream.directions),
        stream.places,
        instants.iso(closes) if closes else "",
        instants.anywhere_on_earth(closes) if closes else "",
        stream.minutes,
    )

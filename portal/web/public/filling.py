"""The current round's facts as pieces of HTML, for answers that name them instead of typing a date."""

from datetime import datetime

from flask import get_template_attribute
from markupsafe import escape

from portal.queries.rounds import RoundView

UNKNOWN = "not announced yet"


def round_pieces(round_: RoundView | None) -> dict[str, str]:
    """What `{{ round.name }}` and the round's instants stand for; what is not set is said to be so."""
    return {
        "round.name": str(escape(round_.name)) if round_ else "the next round",
        "round.opens_at": _instant(round_.opens_at if round_ else None),
        "round.closes_at": _instant(round_.closes_at if round_ else None),
        "round.release_at": _instant(round_.outcome_at if round_ else None),
    }


def _instant(at: datetime | None) -> str:
    if at is None:
        return UNKNOWN
    return str(get_template_attribute("components/deadline.html", "instant")(at)).strip()

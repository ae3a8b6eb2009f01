"""A round's state in one sentence, the same words wherever it is said."""

from datetime import datetime

from portal.domain.instants import anywhere_on_earth, in_utc, time_left
from portal.domain.rounds import Phase
from portal.queries.rounds import RoundView


def round_sentence(round_: RoundView | None, now: datetime) -> str:
    """Where the current round stands at `now`, with the time left by the server's clock."""
    if round_ is None:
        return "No round has been announced yet."
    if round_.phase is Phase.SCHEDULED:
        return _scheduled(round_, now)
    if round_.phase is Phase.OPEN:
        return _open(round_, now)
    outcome = round_.outcome_at
    if round_.phase is Phase.RELEASED:
        return f"{round_.name} is over: all applicants have learnt their outcome."
    if outcome is not None and outcome > now:
        return (
            f"Applications for {round_.name} are closed; all applicants learn their outcome"
            f" in {time_left(outcome, now)}, on {_day(outcome)}."
        )
    return f"Applications for {round_.name} are closed and being read."


def _scheduled(round_: RoundView, now: datetime) -> str:
    if round_.opens_at is None:
        return f"{round_.name} has been announced; the day it opens is not set yet."
    return f"Applications for {round_.name} open in {time_left(round_.opens_at, now)}, on {_day(round_.opens_at)}."


def _open(round_: RoundView, now: datetime) -> str:
    closes = round_.next_close(now)
    if closes is None:
        return f"Applications for {round_.name} are open."
    left = time_left(closes, now)
    if closes != round_.closes_at:
        return f"Most of {round_.name} has closed; the last streams still take applications for {left}."
    early = any(now < at < closes for at in round_.stream_closes)
    late = any(at > closes for at in round_.stream_closes)
    when = " or ".join(word for word, holds in (("sooner", early), ("later", late)) if holds)
    others = f" Some streams close {when}." if when else ""
    return f"Applications for {round_.name} are open and close in {left}.{others}"


def _day(at: datetime) -> str:
    return f"{in_utc(at)} ({anywhere_on_earth(at)})"

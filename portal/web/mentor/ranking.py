"""A stream's ranking: its members read it, its leads decide on it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.decisions import LONGEST_REASON, ORDERED
from portal.domain.permissions import Policy
from portal.domain.review import Outcome
from portal.domain.verdict import Refused
from portal.queries import decisions, reviews
from portal.queries.decisions import PAGE, SHOWS, SORTS, Board, RankingFilter, RankingRow
from portal.queries.reviews import StreamChoice
from portal.services.decisions import Choice, Conflict, Decided, decide
from portal.services.reviews import open_totals
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.numbers import whole, whole_or
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("ranking", __name__, url_prefix="/review/ranking")
bp.context_processor(local_navigation)

SHOW_WORDS = {"undecided": "Undecided", **{each.value: f"{each.words}" for each in Outcome}}
SORT_WORDS = {"order": "As decided", "mean": "Highest scores first", "name": "Name"}
NO_PLACE = Refused(
    "Nothing was saved: a place cannot be kept.",
    "A place is a whole number from 1, for somebody accepted or on the waitlist.",
    "Mend or empty the places of the marked rows, and save again.",
)
Answer = str | Response | tuple[str, int]


@bp.get("")
@policy(Policy.MENTOR)
def index() -> str:
    return _page()


@bp.post("")
@policy(Policy.LEAD)
def save() -> Answer:
    _, board = _board()
    choices = _choices(request.form)
    typed = {choice.key: choice for choice in choices}
    misplaced = _misplaced(request.form)
    if misplaced and board.may_decide:
        return _page(refusal=NO_PLACE, typed=typed, misplaced=misplaced), 422
    try:
        answer = decide(viewer(), board.stream_id, choices, now=received_at())
    except LookupError:
        abort(404)
    if isinstance(answer, Decided):
        count = answer.changed
        text = "Nothing was changed." if not count else f"{count} {_decisions(count)} saved."
        flash(text, "good" if count else "info")
        return redirect(_address(request.args.to_dict()))
    if isinstance(answer, Conflict):
        return _page(conflict=answer, typed=typed), 409
    return _page(refusal=answer, typed=typed), 409


@bp.post("/totals")
@policy(Policy.LEAD)
def totals() -> Response:
    """See the totals of what one has not read: for good, and recorded."""
    _, board = _board()
    refused = open_totals(viewer(), board.stream_id, received_at())
    if refused is not None:
        raise RefusedRequest(refused, url_for("ranking.index"), "Back to the ranking")
    return redirect(url_for("ranking.index", stream=board.stream_id))


def _decisions(count: int) -> str:
    return "decision" if count == 1 else "decisions"


def _board() -> tuple[list[StreamChoice], Board]:
    """The stream that the address names, else the first one to be decided."""
    seen, now = viewer(), received_at()
    streams = reviews.own_streams(seen, now)
    asked = request.args.get("stream", None, whole)
    leading = [choice.id for choice in streams if choice.id in seen.led_stream_ids]
    chosen = asked or next(iter([*leading, *(choice.id for choice in streams)]), 0)
    board = decisions.board(seen, chosen, now)
    if board is None:
        abort(404)
    return streams, board


def _wanted() -> RankingFilter:
    show, sort = request.args.get("show", ""), request.args.get("sort", "")
    return RankingFilter(
        show=show if show in SHOWS else "",
        sort=sort if sort in SORTS else SORTS[0],
        q=" ".join(request.args.get("q", "").split())[:200],
    )


def _page(
    *,
    conflict: Conflict | None = None,
    refusal: Refused | None = None,
    typed: Mapping[int, Choice] | None = None,
    misplaced: Mapping[int, str] | None = None,
) -> str:
    streams, board = _board()
    wanted = _wanted()
    number = page_number()
    rows, total = decisions.ranking(viewer(), board, wanted, number)
    writes = board.decides and bool(board.may_decide)
    wrong = misplaced or {}
    return render_template(
        "mentor/ranking/ranking.html",
        streams=streams,
        board=board,
        wanted=wanted,
        rows=[(row, _cell(row, (typed or {}).get(row.id), wrong.get(row.id))) for row in rows],
        marked=conflict.keys if conflict else wrong.keys(),
        total=total,
        page=number,
        pages=max(1, -(-total // PAGE)),
        page_href=page_href(),
        writes=writes,
        outcomes=list(Outcome),
        reused=decisions.reused_reasons(viewer(), board.stream_id) if writes else [],
        show_options=[(value, SHOW_WORDS[value]) for value in SHOWS],
        sort_options=[(value, SORT_WORDS[value]) for value in SORTS],
        conflict=conflict,
        refusal=refusal,
        kept_reason=request.form.get("reason", ""),
        # Which stream is the first one changes with a release: a save names its stream.
        here=_address({**request.args.to_dict(), "stream": str(board.stream_id)}),
    )


def _address(arguments: Mapping[str, str]) -> str:
    """This page with these arguments; they come from the address, so none may reach `url_for` by its name."""
    asked = urlencode(arguments)
    return f"{url_for('ranking.index')}?{asked}" if asked else url_for("ranking.index")


def _cell(row: RankingRow, typed: Choice | None, misplaced: str | None) -> dict[str, Any]:
    """What the fields of a row hold: what was typed on a refused save, else what stands."""
    return {
        "outcome": (typed.outcome if typed else row.outcome),
        "rank": misplaced or ((typed.rank or row.rank) if typed else row.rank),
        "reason": typed.reason if typed and typed.reason is not None else row.reason,
    }


def _choices(form: Mapping[str, Any]) -> list[Choice]:
    """The rows that differ from how they were shown: `was-<id>` holds version, outcome and rank as they were."""
    reason = str(form.get("reason") or form.get("reused") or "").replace("\r\n", "\n").strip()
    found = []
    for key, (seen, old_outcome, old_rank) in _shown(form):
        outcome, rank = _wish(form, key)
        moved = rank != old_rank and outcome in ORDERED
        ticked = f"tick-{key}" in form and bool(reason) and outcome is not None
        if ticked or moved or outcome != _outcome(old_outcome):
            found.append(
                Choice(
                    key=int(key),
                    seen=whole_or(seen, 0),
                    outcome=outcome,
                    rank=_rank(rank) if moved else None,
                    reason=reason[: LONGEST_REASON + 1] if ticked else None,
                )
            )
    return found


def _misplaced(form: Mapping[str, Any]) -> dict[int, str]:
    """The places as typed that cannot be kept: no whole number, or for a row that takes no place."""
    found = {}
    for key, (_, _, old_rank) in _shown(form):
        outcome, rank = _wish(form, key)
        if rank and rank != old_rank and (outcome not in ORDERED or not _rank(rank)):
            found[int(key)] = rank[:10]
    return found


def _shown(form: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Each row's key with the version, outcome and rank that its reader had before them."""
    for name, was in form.items():
        key = name.removeprefix("was-")
        if key != name and whole_or(key, 0):
            yield key, [*str(was).split("|"), "", ""][:3]


def _wish(form: Mapping[str, Any], key: str) -> tuple[Outcome | None, str]:
    outcome = _outcome(str(form.get(f"outcome-{key}", "")))
    return outcome, str(form.get(f"rank-{key}", "")).strip()


def _outcome(text: str) -> Outcome | None:
    return Outcome(text) if text in set(Outcome) else None


def _rank(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else None

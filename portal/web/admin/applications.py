"""All applications of a round, one whole application, and the list as a table to take away."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from portal.domain.applications import ApplicationState
from portal.domain.instants import iso
from portal.domain.permissions import Policy
from portal.domain.reading import everything
from portal.domain.review import Outcome
from portal.domain.rounds import Arrival
from portal.models import Round
from portal.queries import admin_applications as applications
from portal.queries import late_requests
from portal.queries.admin_application import whole
from portal.queries.admin_applications import DECIDED, PAGE, SORTS, Line, Wanted
from portal.services.exports import note_export
from portal.web import numbers
from portal.web.csv_export import csv_file
from portal.web.guard import received_at, viewer
from portal.web.pagination import page_href, page_number, same_filters
from portal.web.policies import policy

bp = Blueprint("admin_applications", __name__, url_prefix="/admin/applications")

STATE_WORDS = {"draft": "Draft", "submitted": "Submitted", "withdrawn": "Withdrawn"}
STATE_KINDS = {"draft": "progress", "submitted": "good", "withdrawn": "muted"}
ARRIVAL_WORDS = {Arrival.ON_TIME.value: "On time", Arrival.IN_GRACE.value: "In grace"}
DECIDED_WORDS = {
    "undecided": "Undecided by a stream",
    **{each.value: f"{each.words} by a stream" for each in Outcome},
}
SORT_WORDS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "name": "Name",
    "unread": "Least read first",
}
HEADS = (
    "Name",
    "Address",
    "State",
    "Received (UTC)",
    "Arrival",
    "Receipt",
    "Streams, by the applicant's rank",
    "Reads",
    "Decisions",
)


@bp.get("")
@policy(Policy.ADMIN)
def index() -> str:
    round_, rounds = _round()
    wanted = _wanted()
    number = page_number()
    rows: list[Line] = []
    total = 0
    offered = applications.Options(rounds, [], [])
    if round_ is not None:
        rows, total = applications.listed(viewer(), round_.id, wanted, number)
        offered = applications.options(round_.id, rounds)
    return render_template(
        "admin/applications/list.html",
        round=round_,
        rows=rows,
        total=total,
        page=number,
        pages=max(1, -(-total // PAGE)),
        page_href=page_href(),
        wanted=wanted,
        offered=offered,
        state_options=list(STATE_WORDS.items()),
        arrival_options=list(ARRIVAL_WORDS.items()),
        decided_options=list(DECIDED_WORDS.items()),
        sort_options=list(SORT_WORDS.items()),
        state_words=STATE_WORDS,
        state_kinds=STATE_KINDS,
        csv_href=same_filters(url_for("admin_applications.table")),
    )


@bp.get("/table.csv")
@policy(Policy.ADMIN)
def table() -> Response:
    round_, _ = _round()
    if round_ is None:
        abort(404)
    wanted = _wanted()
    rows, total = applications.listed(viewer(), round_.id, wanted, None)
    kept = {name: text for name, text in request.args.items() if text}
    note_export(viewer(), round_.id, total, kept, now=received_at())
    return csv_file(f"applications-{round_.slug}.csv", HEADS, (_cells(row) for row in rows))


@bp.get("/<int:application>")
@policy(Policy.ADMIN)
def show(application: int) -> str:
    found = whole(viewer(), application)
    if found is None:
        abort(404)
    return render_template(
        "admin/applications/show.html",
        whole=found,
        parts=everything(found.content) if found.content else [],
        state_words=STATE_WORDS,
        state_kinds=STATE_KINDS,
        arrival_words=ARRIVAL_WORDS,
        late_titles=_late_titles(found.round.id) if found.late else {},
    )


def _late_titles(round_id: int) -> dict[str, str]:
    return late_requests.titles(round_id, late_requests.streams_of(round_id))


def _round() -> tuple[Round | None, list[tuple[str, str]]]:
    slug = request.args.get("round", "")
    round_, rounds = applications.find_round(viewer(), slug)
    if round_ is None and slug:
        abort(404)
    return round_, rounds


def _wanted() -> Wanted:
    """The filter that an address asks for; what makes no sense is left out."""

    def one_of(name: str, known: Any) -> str:
        text = request.args.get(name, "")
        return text if text in known else ""

    return Wanted(
        state=one_of("state", set(ApplicationState)),
        stream=request.args.get("stream", None, numbers.whole),
        direction=request.args.get("direction", None, numbers.whole),
        decided=one_of("decided", DECIDED),
        arrival=one_of("arrival", ARRIVAL_WORDS),
        q=" ".join(request.args.get("q", "").split())[:200],
        sort=one_of("sort", SORTS) or SORTS[0],
    )


def _cells(row: Line) -> list[object]:
    return [
        row.name,
        row.email,
        STATE_WORDS[row.state],
        iso(row.submitted_at) if row.submitted_at else "",
        ARRIVAL_WORDS.get(row.arrival or "", ""),
        row.number or "",
        "; ".join(f"{tag.rank}. {tag.stream}" for tag in row.tags),
        "; ".join(str(tag.reads) for tag in row.tags),
        "; ".join(tag.outcome.words if tag.outcome else "Undecided" for tag in row.tags),
    ]

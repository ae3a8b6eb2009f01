"""A reader's queue: what is theirs to read, least read first."""

from operator import itemgetter
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from portal.domain.permissions import Policy
from portal.domain.review import about, minutes_each
from portal.queries import reviews
from portal.queries.reviews import MINE, PAGE, RANKS, SORTS, QueueFilter, Workload
from portal.web.guard import received_at, viewer
from portal.web.mentor.navigation import local_navigation
from portal.web.numbers import whole
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("review_queue", __name__, url_prefix="/review")
bp.context_processor(local_navigation)

LONGEST_SEARCH = 200  # characters
MINE_WORDS = {
    "left": "Left to do",
    "unread": "Not opened by me",
    "draft": "My drafts",
    "done": "Done by me",
    "changed": "Changed since I read",
}
SORT_WORDS = {
    "least": "To do, least read",
    "oldest": "Oldest first",
    "newest": "Newest first",
    "rank": "Applicant's rank",
}
RANK_WORDS = {"1": "First choice", "2": "Second choice", "3": "Third or later"}


@bp.get("")
@policy(Policy.MENTOR)
def index() -> str:
    now, seen = received_at(), viewer()
    wanted = wanted_of(request.args)
    page = page_number()
    streams = reviews.own_streams(seen, now)
    scope = reviews.in_scope(streams, wanted)
    work = reviews.workload(seen, scope)
    rows, total = reviews.queue(seen, scope, wanted, page, work)
    return render_template(
        "mentor/review/queue.html",
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
        page_href=page_href(),
        wanted=wanted,
        carried=arguments(wanted),
        streams=streams,
        # A direction that two rounds offer is one entry of the filter.
        directions=sorted(
            {pair for s in streams if s.id in scope for pair in s.directions}, key=itemgetter(1)
        ),
        over=all(s.released for s in streams if s.id in scope),
        work=work,
        time_needed=_time_needed(work, reviews.recent_instants(seen)),
        mine_options=[(value, MINE_WORDS[value]) for value in MINE],
        sort_options=[(value, SORT_WORDS[value]) for value in SORTS],
        rank_options=[(value, RANK_WORDS[value]) for value in RANKS],
    )


def wanted_of(args: MultiDict[str, str]) -> QueueFilter:
    """The filter that an address asks for; what makes no sense is left out."""
    mine, rank, sort = args.get("mine", ""), args.get("rank", ""), args.get("sort", "")
    return QueueFilter(
        stream=args.get("stream", None, whole),
        direction=args.get("direction", None, whole),
        mine=mine if mine in MINE else "",
        rank=rank if rank in RANKS else "",
        q=" ".join(args.get("q", "").split())[:LONGEST_SEARCH],
        sort=sort if sort in SORTS else SORTS[0],
    )


def arguments(wanted: QueueFilter) -> dict[str, Any]:
    """The filter as arguments of an address, without what is the default anyway."""
    values = {
        "stream": wanted.stream,
        "direction": wanted.direction,
        "mine": wanted.mine,
        "rank": wanted.rank,
        "q": wanted.q,
        "sort": wanted.sort if wanted.sort != SORTS[0] else "",
    }
    return {name: value for name, value in values.items() if value}


def _time_needed(work: Workload, recent: list[Any]) -> str:
    if not work.left:
        return ""
    return about(minutes_each(work.words_left / work.left, recent) * work.left)

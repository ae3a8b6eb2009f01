"""The front page: what the programme is, where the round stands, and the ways in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.queries.content import extent
from portal.queries.papers import featured_papers
from portal.queries.rounds import current_round
from portal.web import structured
from portal.web.guard import received_at, settings
from portal.web.policies import policy
from portal.web.round_words import round_sentence

bp = Blueprint("public_home", __name__)

PAPERS_SHOWN = 4


@bp.get("/")
@policy(Policy.PUBLIC)
def home() -> ResponseReturnValue:
    now = received_at()
    round_ = current_round(now)
    ours = settings()
    return render_template(
        "public/home.html",
        round=round_,
        closes_at=round_.next_close(now) if round_ else None,
        sentence=round_sentence(round_, now),
        extent=extent(),
        papers=featured_papers(PAPERS_SHOWN),
        canonical_url=f"{ours.base_url}/",
        data=structured.programme(ours.programme_name, ours.base_url, round_),
    )

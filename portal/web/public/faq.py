"""Questions and answers, with the current round's name and dates filled into them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.adapters.markup import with_pieces
from portal.domain.permissions import Policy
from portal.queries.content import faq_by_audience
from portal.queries.rounds import current_round
from portal.web import structured
from portal.web.guard import received_at, settings
from portal.web.policies import policy
from portal.web.public.filling import round_pieces

bp = Blueprint("public_faq", __name__)


@bp.get("/faq")
@policy(Policy.PUBLIC)
def faq() -> ResponseReturnValue:
    pieces = round_pieces(current_round(received_at()))
    groups = {
        heading: [
            (entry.slug, entry.question, with_pieces(entry.answer, pieces)) for entry in entries
        ]
        for heading, entries in faq_by_audience().items()
    }
    entries = [(question, answer) for group in groups.values() for _, question, answer in group]
    return render_template(
        "public/faq.html",
        groups=groups,
        canonical_url=f"{settings().base_url}/faq",
        data=structured.questions(entries),
    )

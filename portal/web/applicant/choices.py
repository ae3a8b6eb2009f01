"""The ranked directions: choose, order and remove, each by a button that saves, without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.applications import (
    DIRECTIONS,
    Ranking,
    with_added,
    with_moved,
    with_ranks,
    with_removed,
)
from portal.domain.effort import Effort
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Offering, Stream
from portal.queries import fit
from portal.queries.applications import Dossier
from portal.queries.fit import Explained
from portal.services import applications
from portal.services.applications import StaleSection
from portal.services.desk import Late
from portal.web.applicant.common import blueprint, late_page, overview, own_dossier, user_id
from portal.web.applicant.forms import SectionForm, whole_number
from portal.web.applicant.question_views import chosen_effort, stream_effort
from portal.web.applicant.views import deadline_lines, next_href, section_href
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at
from portal.web.policies import policy

bp = blueprint("choices")


@dataclass(frozen=True)
class StreamOffer:
    """One stream on the page: its deadline for this applicant, what it asks, and its directions not chosen yet."""

    stream: Stream
    mentors: tuple[str, ...]
    closes_at: datetime
    accepts: bool
    differs: bool
    effort: Effort
    free: tuple[Offering, ...]


@bp.get("/<round>/directions")
@policy(Policy.SIGNED_IN)
def show(round_slug: str) -> ResponseReturnValue:
    dossier = own_dossier(round_slug)
    if dossier.application is None:
        return redirect(overview(dossier))
    return _page(dossier, _form(dossier, request.args.get("from", "")))


@bp.post("/<round>/directions")
@policy(Policy.SIGNED_IN)
def save(round_slug: str) -> ResponseReturnValue:
    """Every button of the page comes here: the ranks are put in order first, then the button does its one thing."""
    dossier = own_dossier(round_slug)
    form = SectionForm()
    known = {offering.id for offering in dossier.offerings()}
    ranking = _wanted(request.form.get("shown", ""))
    if not set(ranking) <= known:
        abort(404)
    version = whole_number(form.version.data)
    result = applications.save_ranking(
        user_id(), dossier.round.id, ranking, version, received_at=received_at()
    )
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Refused):
        href = url_for("applicant_choices.show", round=round_slug)
        raise RefusedRequest(result, href, "Back to your directions")
    if isinstance(result, StaleSection):
        return _stale(dossier, form, ranking, result)
    return _onward(dossier, form)


def _wanted(shown: str) -> Ranking:
    """The ranking the posted form asks for: what it showed, by the ranks given, after its button."""
    ranking = tuple(number for part in shown.split(",") if (number := whole_number(part)))
    ranks = {each: whole_number(request.form.get(f"rank-{each}")) for each in ranking}
    ranking = with_ranks(ranking, {each: rank for each, rank in ranks.items() if rank})
    verb, _, which = request.form.get("do", "").partition(":")
    offering = whole_number(which)
    match verb:
        case "add":
            return with_added(ranking, offering)
        case "remove":
            return with_removed(ranking, offering)
        case "up":
            return with_moved(ranking, offering, -1)
        case "down":
            return with_moved(ranking, offering, +1)
    return ranking


def _onward(dossier: Dossier, form: SectionForm) -> ResponseReturnValue:
    """The Continue button leads on; all others come back to the page."""
    then = request.form.get("then")
    if then == "list":
        return redirect(overview(dossier))
    if then == "next" and form.came_from.data == "check":
        return redirect(url_for("applicant_submissions.check", round=dossier.round.slug))
    if then == "next":
        fresh = own_dossier(dossier.round.slug)  # a direction just added may bring questions
        return redirect(next_href(fresh, DIRECTIONS, received_at()))
    flash("Your directions are saved.", "good")
    from_check = form.came_from.data == "check"
    return redirect(section_href(dossier, DIRECTIONS, from_check=from_check))


def _form(dossier: Dossier, came_from: str) -> SectionForm:
    return SectionForm(
        formdata=None,
        version=str(dossier.version(DIRECTIONS)),
        came_from="check" if came_from == "check" else "",
    )


def _page(dossier: Dossier, form: SectionForm) -> ResponseReturnValue:
    at = received_at()
    deadline = dossier.general()
    return render_template(
        "applicant/choices/choices.html",
        dossier=dossier,
        form=form,
        chosen=[(offering, _offer(dossier, offering.stream, at)) for offering in dossier.choices()],
        offers=[_offer(dossier, stream, at) for stream in dossier.round.streams],
        full=len(dossier.ranked) >= dossier.round.max_choices,
        near=_near(dossier, at),
        effort=chosen_effort(dossier),
        deadline=deadline,
        accepting=deadline.judge(at).accepted,
        lines=deadline_lines(dossier, at),
        from_check=form.came_from.data == "check",
        missing=form.came_from.data == "check" and not dossier.ranked,
    )


def _offer(dossier: Dossier, stream: Stream, at: datetime) -> StreamOffer:
    closes_at = dossier.deadline_of(stream).closes_at
    return StreamOffer(
        stream,
        tuple(link.mentor.name for link in stream.mentor_links),
        closes_at,
        dossier.accepts(stream, at),
        closes_at != dossier.closes_at,
        stream_effort(stream),
        tuple(o for o in stream.offerings if o.id not in dossier.ranked),
    )


def _near(dossier: Dossier, at: datetime) -> list[tuple[Explained, Offering]]:
    """Directions near what the applicant wrote that they can still add, with why; none before they have written."""
    interests, background = dossier.answers("interests") or {}, dossier.answers("background") or {}
    text = "\n\n".join(filter(None, [interests.get("interests"), background.get("story")]))
    if not text:
        return []
    offered = {offering.direction_id: offering for offering in dossier.offerings()}
    fits = fit.near(text, at, dossier.round.id).fits
    near = [(found, offered[found.direction_id]) for found in fits]
    return [
        (found, each)
        for found, each in near
        if each.id not in dossier.ranked and dossier.accepts(each.stream, at)
    ]


def _stale(
    dossier: Dossier, form: SectionForm, ranking: Sequence[int], stale: StaleSection
) -> ResponseReturnValue:
    """Both rankings, and a button to save one's own over the other knowingly."""
    form.version.data = str(stale.version)
    titles = {offering.id: offering.direction.title for offering in dossier.offerings()}
    page = render_template(
        "applicant/choices/stale.html",
        dossier=dossier,
        form=form,
        shown=",".join(map(str, ranking)),
        mine=[titles[each] for each in ranking],
        theirs=[titles[each] for each in stale.ranked],
        saved_at=stale.saved_at,
    )
    return page, 409

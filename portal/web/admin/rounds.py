"""Admin: the list of rounds, a new one, one round's page, and its words."""

from dataclasses import asdict
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.instants import time_left
from portal.domain.permissions import Policy
from portal.domain.preflight import Check, Level, preflight
from portal.domain.rounds import Phase, last_close, phase
from portal.domain.verdict import Refused
from portal.models import Round
from portal.queries import admin_rounds, round_progress
from portal.queries.admin_rounds import Instants
from portal.services import rounds
from portal.services.rounds import RoundDetails
from portal.services.versions import Stale
from portal.web.admin.rounds_forms import DetailsForm, EditDetailsForm, NewRoundForm
from portal.web.guard import received_at, settings, viewer
from portal.web.options import options
from portal.web.policies import policy

bp = Blueprint("admin_rounds", __name__, url_prefix="/admin/rounds")

PHASE_KINDS = {
    Phase.DRAFT: "muted",
    Phase.SCHEDULED: "progress",
    Phase.OPEN: "good",
    Phase.CLOSED: "warn",
    Phase.RELEASED: "neutral",
    Phase.ARCHIVED: "muted",
}


@bp.get("")
@policy(Policy.ADMIN)
def index() -> str:
    lines = admin_rounds.list_rounds(viewer())
    now = received_at()
    rows = [(line, phase(line.instants, now)) for line in lines]
    return render_template("admin/rounds/list.html", rows=rows, kinds=PHASE_KINDS)


@bp.route("/new", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def new() -> str | Response | tuple[str, int]:
    sources = [line.round for line in admin_rounds.list_rounds(viewer())]
    form = NewRoundForm()
    form.source.choices = options(
        [("", "Nothing: start empty"), *((str(found.id), found.name) for found in sources)]
    )
    if not form.validate_on_submit():
        return render_template("admin/rounds/new.html", form=form, refusal=None, sources=sources)
    details = _details(form)
    source = next((found for found in sources if str(found.id) == form.source.data), None)
    if source is None:
        made = rounds.create_round(viewer(), details, now=received_at())
    else:
        made = rounds.copy_round(
            viewer(),
            source.id,
            details,
            opens_at=form.instant_of("opens_at"),
            members=form.members.data,
            now=received_at(),
        )
    if isinstance(made, Refused):
        page = render_template("admin/rounds/new.html", form=form, refusal=made, sources=sources)
        return page, 409
    flash(f"{details.name} is a draft. Only admins see it.", "good")
    return redirect(url_for(".show", slug=admin_rounds.slug_of_round(made)))


@bp.get("/<slug>")
@policy(Policy.ADMIN)
def show(slug: str) -> str:
    round_, now = round_or_404(slug), received_at()
    streams = admin_rounds.stream_lines(round_.id)
    dates = admin_rounds.calendar(round_.id)
    criteria = admin_rounds.criteria(round_.id)
    events = admin_rounds.moves(round_.id)
    instants = admin_rounds.instants_of(round_, [line.facts.closes_at for line in streams])
    stage = phase(instants, now)
    checks: list[Check] = []
    if stage in (Phase.DRAFT, Phase.SCHEDULED):
        facts = admin_rounds.round_facts(
            round_,
            streams=[line.facts for line in streams],
            dates=dates,
            criteria_count=len(criteria),
            mail_ready=mail_ready(),
        )
        checks = preflight(facts, now)
    return render_template(
        "admin/rounds/show.html",
        round=round_,
        stage=stage,
        kind=PHASE_KINDS[stage],
        sentence=state_sentence(round_, instants, now),
        last_close=last_close(instants),
        streams=streams,
        key_dates=dates,
        criteria=criteria,
        readers=round_progress.reader_lines(round_.id),
        waiting=admin_rounds.waiting(round_.id, now),
        events=events,
        history=admin_rounds.instant_history(events),
        checks=checks,
        red=[check for check in checks if check.level is Level.RED],
    )


@bp.route("/<slug>/details", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def details(slug: str) -> str | Response | tuple[str, int]:
    round_ = round_or_404(slug)
    values = asdict(rounds.details_of(round_))
    form = EditDetailsForm(data={**values, "version": str(round_.version)})
    refusal, stale = None, None
    if form.validate_on_submit():
        saved = rounds.edit_details(
            viewer(), round_.id, form.version.data or "", _details(form), now=received_at()
        )
        if saved is None:
            flash("Saved.", "good")
            return redirect(url_for(".show", slug=slug))
        refusal = saved if isinstance(saved, Refused) else None
        stale = saved if isinstance(saved, Stale) else None
        if stale is not None:
            form.version.data = stale.version
    page = render_template(
        "admin/rounds/details.html", form=form, round=round_, refusal=refusal, stale=stale
    )
    return page if refusal is None and stale is None else (page, 409)


def round_or_404(slug: str) -> Round:
    """The round of this address."""
    round_ = admin_rounds.find_round(viewer(), slug)
    if round_ is None:
        abort(404)
    return round_


def mail_ready() -> bool:
    """Whether mail can leave; in demo and test mode it is read in the portal instead."""
    return bool(settings().smtp_url) or not settings().is_production


def state_sentence(round_: Round, instants: Instants, now: datetime) -> str:
    """Where the round stands, in one sentence, with the time to its next instant."""
    match phase(instants, now):
        case Phase.DRAFT if round_.published_at is not None:
            return f"Draft: announced in {time_left(round_.published_at, now)}."
        case Phase.DRAFT:
            return "Draft: only admins see it."
        case Phase.SCHEDULED if round_.opens_at is not None:
            return f"Announced: opens by itself in {time_left(round_.opens_at, now)}."
        case Phase.SCHEDULED:
            return "Announced without an opening."
        case Phase.OPEN:
            return _open_sentence(instants, now)
        case Phase.CLOSED if round_.release_at is not None and round_.release_at > now:
            return f"Closed: decisions are due in {time_left(round_.release_at, now)}."
        case Phase.CLOSED:
            return "Closed: decisions are not released yet."
        case Phase.RELEASED:
            return "Released: applicants can read their decisions."
    return "Archived."


def _open_sentence(instants: Instants, now: datetime) -> str:
    latest, closes = last_close(instants), instants.closes_at
    assert latest is not None
    if closes is None or closes <= now:
        return f"Open for some streams only, the last of them for another {time_left(latest, now)}."
    later = ", some streams later" if latest > closes else ""
    return f"Open: closes in {time_left(closes, now)}{later}."


def _details(form: DetailsForm) -> RoundDetails:
    references = {}
    if isinstance(form, EditDetailsForm):
        references = {
            "max_referees": form.max_referees.data,
            "references_shown": form.references_shown.data,
            "anonymised": form.anonymised.data,
        }
    return RoundDetails(
        form.name.data,
        form.summary.data,
        form.place.data,
        form.max_choices.data,
        form.grace_seconds.data,
        **references,
    )

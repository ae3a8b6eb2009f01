"""Own applications over rounds, the start page and task list of one round, starting, withdrawing, coming back."""

from collections.abc import Sequence

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.applications import ApplicationState
from portal.domain.permissions import Policy
from portal.domain.rounds import Phase, may_withdraw, phase
from portal.domain.verdict import Refused
from portal.models import Application, Round
from portal.queries import own_applications
from portal.queries.applications import Dossier
from portal.services import applications
from portal.services.desk import Late
from portal.web.applicant.carrying import carry_from
from portal.web.applicant.common import (
    blueprint,
    late_page,
    mail,
    own_dossier,
    to_overview,
    user_id,
)
from portal.web.applicant.common import (
    overview as overview_href,
)
from portal.web.applicant.forms import ExtensionForm
from portal.web.applicant.late_views import late_views
from portal.web.applicant.question_views import chosen_effort, left
from portal.web.applicant.references_views import task_line
from portal.web.applicant.sent_late import sent_late
from portal.web.applicant.views import (
    all_section_pages,
    deadline_lines,
    standing_of,
    task_list,
)
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = blueprint("applications")


@bp.get("")
@policy(Policy.SIGNED_IN)
def index() -> ResponseReturnValue:
    """The viewer's applications and the rounds they can apply to. `?direction=` asks to start with that direction."""
    at = received_at()
    mine = own_applications.own(viewer())
    unreleased = own_applications.unreleased_rounds(at)
    rounds = own_applications.current(unreleased, at)
    closed = None if rounds else own_applications.last_closed(unreleased, at)
    started = {application.round_id: application for application in mine}
    slug = request.args.get("direction", "")
    return render_template(
        "applicant/applications/index.html",
        mine=mine,
        rounds=[(round_, phase(round_, at), started.get(round_.id)) for round_ in rounds],
        closed=closed if closed and closed.id not in started else None,
        announcements=own_applications.announcements(_concerning(rounds, mine), at),
        wanted=own_applications.wanted_direction(slug, at) if slug else None,
        asked_for=slug,
        Phase=Phase,
        State=ApplicationState,
    )


def _concerning(rounds: Sequence[Round], mine: Sequence[Application]) -> list[int]:
    """The rounds whose announcements concern the viewer: those to come or open, and those applied in."""
    ids = [each.id for each in rounds]
    for application in mine:
        now = phase(application.round, received_at())
        applied = application.current_submission is not None
        if now is not Phase.ARCHIVED and (applied or now is not Phase.RELEASED):
            ids.append(application.round_id)
    return ids


@bp.get("/<round>")
@policy(Policy.SIGNED_IN)
def overview(round_slug: str) -> ResponseReturnValue:
    """The task list; before one has started, what is asked, how long it takes and until when."""
    dossier = own_dossier(round_slug)
    if dossier.application is None:
        return _start_page(dossier)
    at = received_at()
    late = late_views(dossier, own_applications.late_drafts(viewer(), dossier.round.id))
    return render_template(
        "applicant/applications/overview.html",
        dossier=dossier,
        tasks=task_list(dossier, at),
        references=task_line(dossier, at),
        standing=standing_of(dossier, at),
        lines=deadline_lines(dossier, at),
        deadline=dossier.general(),
        accepting=dossier.general().judge(at).accepted,
        effort=chosen_effort(dossier),
        left=left(dossier, at),
        missed=not dossier.submit_deadline().judge(at).accepted,
        may_ask=dossier.has_missed(at),
        unsent=dossier.unsent(at),
        carry_from=carry_from(dossier),
        announcements=own_applications.announcements([dossier.round.id], at),
        late=late,
        sent_late=sent_late(dossier, at),
        outcomes=own_applications.outcomes(dossier, at),
        may_withdraw=bool(may_withdraw(dossier.round, at)),
        State=ApplicationState,
    )


def _start_page(dossier: Dossier) -> ResponseReturnValue:
    at = received_at()
    opens_at = dossier.round.opens_at
    late = late_views(dossier, own_applications.late_drafts(viewer(), dossier.round.id))
    return render_template(
        "applicant/applications/start.html",
        dossier=dossier,
        pages=all_section_pages(dossier),
        effort=chosen_effort(dossier)[0],
        lines=deadline_lines(dossier, at),
        deadline=dossier.general(),
        scheduled=opens_at is not None and at < opens_at,
        accepting=dossier.general().judge(at).accepted,
        phase=phase(dossier.round, at),
        late=late,
        form=ExtensionForm(formdata=None),
        carry_from=carry_from(dossier),
        announcements=own_applications.announcements([dossier.round.id], at),
        Phase=Phase,
    )


@bp.post("/<round>/start")
@policy(Policy.SIGNED_IN)
def start(round_slug: str) -> ResponseReturnValue:
    """Start, or go on; with `direction` add that one as the last wish."""
    dossier = own_dossier(round_slug)
    direction = request.form.get("direction") or None
    result = applications.start(user_id(), dossier.round.id, direction, received_at=received_at())
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview_href(dossier), "Back to the round")
    if direction and (offering := dossier.offering_of(direction)):
        flash(f"“{offering.direction.title}” is among your directions.", "good")
    return to_overview(dossier)


@bp.get("/<round>/withdraw")
@policy(Policy.SIGNED_IN)
def ask_withdraw(round_slug: str) -> ResponseReturnValue:
    """What withdrawing means, and the button: it cannot always be undone, so no single click does it."""
    dossier = own_dossier(round_slug)
    application = dossier.application
    if application is None or application.state is not ApplicationState.SUBMITTED:
        return to_overview(dossier)
    verdict = may_withdraw(dossier.round, received_at())
    if isinstance(verdict, Refused):
        raise RefusedRequest(verdict, overview_href(dossier), "Back to your application")
    return render_template(
        "applicant/applications/withdraw.html",
        dossier=dossier,
        deadline=dossier.general(),
        accepting=dossier.general().judge(received_at()).accepted,
    )


@bp.post("/<round>/withdraw")
@policy(Policy.SIGNED_IN)
def withdraw(round_slug: str) -> ResponseReturnValue:
    dossier = own_dossier(round_slug)
    result = applications.withdraw(user_id(), dossier.round.id, mail(), received_at=received_at())
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview_href(dossier), "Back to your application")
    flash("Your application is withdrawn. Nobody reads it.", "good")
    return to_overview(dossier)


@bp.post("/<round>/restore")
@policy(Policy.SIGNED_IN)
def restore(round_slug: str) -> ResponseReturnValue:
    """Undo a withdrawal."""
    dossier = own_dossier(round_slug)
    result = applications.restore(user_id(), dossier.round.id, received_at=received_at())
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview_href(dossier), "Back to your application")
    flash("Your application counts again, as you last submitted it.", "good")
    return to_overview(dossier)

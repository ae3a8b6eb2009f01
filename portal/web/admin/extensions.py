"""Admin: more time for single people: requests to answer, grants, and what was granted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Round, Stream
from portal.queries import extensions as found
from portal.queries import late_requests
from portal.queries.late_requests import Asked, Request
from portal.services import extensions
from portal.web.admin.rounds import round_or_404
from portal.web.admin.rounds_forms import DeclineForm, ExtensionForm, GrantForm
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.instant_fields import written
from portal.web.numbers import whole
from portal.web.options import options
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("admin_extensions", __name__, url_prefix="/admin/rounds")

ALL_STREAMS = 0
USUAL = timedelta(days=1)
NO_INSTANT = Refused(
    "That is no instant.", "An extension needs a date and a time.", "Nothing was granted."
)


@bp.route("/<slug>/extensions", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def index(slug: str) -> str | Response | tuple[str, int]:
    round_ = round_or_404(slug)
    streams = late_requests.streams_of(round_.id)
    form = ExtensionForm(data={"closes_at": written(_proposed(round_))})
    form.stream.choices = options(
        [(ALL_STREAMS, "All streams"), *((stream.id, stream.name) for stream in streams)]
    )
    refusal = None
    if form.validate_on_submit():
        refusal = _grant(round_, form)
        if refusal is None and not form.errors:
            flash("The extension is granted, and a mail is on its way.", "good")
            return redirect(url_for(".index", slug=slug))
    page = render_template(
        "admin/rounds/extensions.html",
        form=form,
        round=round_,
        refusal=refusal,
        requests=_waiting(round_, streams),
        page=found.granted(round_.id, page_number()),
        href=page_href(),
        decline=DeclineForm(formdata=None),
    )
    return page if refusal is None else (page, 409)


def _waiting(
    round_: Round, streams: Sequence[Stream]
) -> list[tuple[Request, list[tuple[Asked, GrantForm]]]]:
    """Each request with a form for each stream it asks more time of, the proposed instant filled in."""
    return [
        (asked, [(part, _grant_form(round_, asked, part)) for part in asked.parts])
        for asked in late_requests.requests(round_.id, streams)
    ]


def _grant_form(round_: Round, asked: Request, part: Asked) -> GrantForm:
    return GrantForm(
        formdata=None,
        data={"closes_at": written(_proposed(round_, part))},
        suffix=f"-{asked.user_id}-{part.stream_id or ALL_STREAMS}",
    )


@bp.post("/<slug>/extensions/<int:user_id>/grant")
@policy(Policy.ADMIN)
def grant(slug: str, user_id: int) -> Response:
    """One click on a request, for the stream named `stream`, until the instant that stands in the form."""
    round_ = round_or_404(slug)
    asked = _request_or_404(round_, user_id)
    part = asked.part(request.form.get("stream", type=whole) or None)
    if part is None:
        abort(404)
    until = _proposed(round_, part)
    if "closes_at-day" in request.form:
        form = GrantForm()
        chosen = form.instant_of("closes_at") if form.validate() else None
        if chosen is None:
            raise RefusedRequest(NO_INSTANT, url_for(".index", slug=slug), "Back to the extensions")
        until = chosen
    answer = _grant_part(round_, asked, part, until)
    return _answered(slug, answer, f"{asked.name} has more time, and is told by mail.")


@bp.post("/<slug>/extensions/grant-all")
@policy(Policy.ADMIN)
def grant_all(slug: str) -> Response:
    """One press for everybody who waits: each gets all they asked for, is recorded and told alone.

    A second press finds nobody. Who could not be given more time is named, with the reason.
    """
    round_ = round_or_404(slug)
    granted, refused = 0, []
    for asked in late_requests.requests(round_.id, late_requests.streams_of(round_.id)):
        answers = [
            _grant_part(round_, asked, part, _proposed(round_, part)) for part in asked.parts
        ]
        refusals = [answer for answer in answers if isinstance(answer, Refused)]
        granted += len(refusals) < len(answers)
        refused += [f"{asked.name or asked.email}: {each.what} {each.why}" for each in refusals]
    people = "1 person has" if granted == 1 else f"{granted} people have"
    if granted or not refused:
        flash(f"{people} more time, and each is told by mail.", "good")
    for line in refused:
        flash(f"Not granted. {line}", "bad")
    return redirect(url_for(".index", slug=slug))


@bp.post("/<slug>/extensions/<int:user_id>/decline")
@policy(Policy.ADMIN)
def decline(slug: str, user_id: int) -> Response:
    round_ = round_or_404(slug)
    asked = _request_or_404(round_, user_id)
    form = DeclineForm()
    reason = form.reason.data if form.validate_on_submit() else ""
    answer = extensions.decline_extension(
        viewer(),
        round_.id,
        user_id,
        reason=reason or "The deadline is the same for everybody.",
        now=received_at(),
    )
    return _answered(slug, answer, f"{asked.name} is told that the deadline stands.")


def _grant_part(round_: Round, asked: Request, part: Asked, closes_at: datetime) -> int | Refused:
    return extensions.grant_extension(
        viewer(),
        round_.id,
        asked.user_id,
        part.stream_id,
        closes_at,
        reason=f"Asked for: {asked.reason}"[:500],
        now=received_at(),
    )


def _proposed(round_: Round, part: Asked | None = None) -> datetime:
    """A day from now, or from the deadline if that is later: the round's, or that of the stream it is about."""
    now = received_at().replace(second=0, microsecond=0)
    closes_at = (part.closes_at if part is not None else None) or round_.closes_at
    return (max(now, closes_at) if closes_at else now) + USUAL


def _request_or_404(round_: Round, user_id: int) -> Request:
    streams = late_requests.streams_of(round_.id)
    waiting = {each.user_id: each for each in late_requests.requests(round_.id, streams)}
    if user_id not in waiting:
        abort(404)
    return waiting[user_id]


def _answered(slug: str, answer: int | Refused | None, message: str) -> Response:
    back = url_for(".index", slug=slug)
    if isinstance(answer, Refused):
        raise RefusedRequest(answer, back, "Back to the extensions")
    flash(message, "good")
    return redirect(back)


def _grant(round_: Round, form: ExtensionForm) -> Refused | None:
    """Grant what the form says. A field that cannot stand gets its error."""
    closes_at = form.instant_of("closes_at")
    user = found.account_of(form.email.data)
    if closes_at is None:
        form.closes_at.form.day.errors = ["Until: give a date and a time"]
    if user is None:
        form.email.errors = ["Nobody has an account with this address. Ask them to register first."]
    if closes_at is None or user is None:
        return None
    answer = extensions.grant_extension(
        viewer(),
        round_.id,
        user.id,
        form.stream.data or None,
        closes_at,
        reason=form.reason.data,
        now=received_at(),
    )
    return answer if isinstance(answer, Refused) else None

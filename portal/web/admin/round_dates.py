"""Admin: moving a round's instants. Each page says exactly what will happen; the move itself is a POST with a reason.

A form with dates is shown back as instants in three zones first (`step=check`); sent without that step it acts at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.preflight import preflight, reds, warnings
from portal.domain.rounds import Phase, may_close, may_extend, may_open, phase
from portal.domain.verdict import Refused, Verdict
from portal.models import Round
from portal.queries import admin_rounds
from portal.services import promotion, round_dates
from portal.services.round_dates import RoundDates
from portal.services.versions import Stale
from portal.web.admin.rounds import mail_ready, round_or_404
from portal.web.admin.rounds_forms import DatesForm, ExtendForm, PublishForm, ReasonForm
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.instant_fields import written
from portal.web.options import options
from portal.web.policies import policy

bp = Blueprint("admin_round_dates", __name__, url_prefix="/admin/rounds")

View = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Change:
    """One instant that a move would change: what it is, as it stands, and as it would be."""

    label: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True)
class Move:
    """One kind of move for the page that asks for its reason."""

    title: str
    button: str
    effects: Sequence[str]
    changes: Sequence[Change] = ()
    danger: bool = False


@bp.route("/<slug>/dates", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def dates(slug: str) -> View:
    round_, now = round_or_404(slug), received_at()
    before = round_dates.dates_of(round_)
    form = _dates_form(round_.version, before)
    refusal, stale = None, None
    if form.validate_on_submit():
        wanted = _dates_in(form, before)
        if _checking():
            return _confirm(round_, form, _dates_move(before, wanted))
        saved = round_dates.set_dates(
            viewer(),
            round_.id,
            form.version.data or "",
            wanted,
            reason=form.reason.data,
            now=now,
            mail_ready=mail_ready(),
        )
        if saved is None:
            return _done(slug, "The dates are set.")
        refusal = saved if isinstance(saved, Refused) else None
        stale = saved if isinstance(saved, Stale) else None
        if stale is not None:
            form.version.data = stale.version
    page = render_template(
        "admin/rounds/dates.html",
        form=form,
        round=round_,
        refusal=refusal,
        stale=stale,
        stage=_stage(round_),
    )
    return page if refusal is None and stale is None else (page, 409)


def _dates_form(version: int, dates: RoundDates) -> DatesForm:
    return DatesForm(
        data={
            "version": str(version),
            "opens_at": written(dates.opens_at),
            "closes_at": written(dates.closes_at),
            "release_at": written(dates.release_at),
            "references_due_at": written(dates.references_due_at),
        }
    )


def _dates_in(form: DatesForm, before: RoundDates) -> RoundDates:
    """What the form asks for; a field that was not touched keeps the instant to the microsecond."""
    return RoundDates(
        form.instant_of("opens_at", before.opens_at),
        form.instant_of("closes_at", before.closes_at),
        form.instant_of("release_at", before.release_at),
        form.instant_of("references_due_at", before.references_due_at),
    )


@bp.route("/<slug>/publish", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def publish(slug: str) -> View:
    round_, now = round_or_404(slug), received_at()
    form = PublishForm(data={"at": written(None)})
    refusal = None
    if form.validate_on_submit():
        at = form.instant_of("at")
        if _checking():
            return _confirm(round_, form, _publish_move(round_, at or now))
        refusal = round_dates.publish(
            viewer(),
            round_.id,
            at=at,
            reason=form.reason.data,
            now=now,
            mail_ready=mail_ready(),
        )
        if refusal is None:
            return _done(slug, "The round is announced." if at is None else "The day is set.")
    page = render_template(
        "admin/rounds/publish.html",
        form=form,
        round=round_,
        refusal=refusal,
        checks=_checks(round_),
    )
    return page if refusal is None else (page, 409)


@bp.route("/<slug>/withdraw", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def withdraw(slug: str) -> View:
    round_ = round_or_404(slug)
    move = Move(
        "Take the announcement back",
        "Make it a draft again",
        ["The round disappears from the public pages.", "It does not open until it is announced."],
        [Change("Announced", round_.published_at, None)],
    )
    return _simple(round_, move, round_dates.withdraw_announcement, "The round is a draft again.")


@bp.route("/<slug>/open", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def open_(slug: str) -> View:
    round_, now = round_or_404(slug), received_at()
    _stop_unless(may_open(round_, now), round_)
    move = Move(
        "Open now",
        "Open the round now",
        [
            "Applicants can start, save and submit from this moment on.",
            "The round is on all public pages, and its opening is the present instant.",
        ],
        [
            Change("Opens", round_.opens_at, now),
            Change("Closes", round_.closes_at, round_.closes_at),
        ],
    )
    form, refusal = ReasonForm(), None
    if form.validate_on_submit():
        refusal = round_dates.open_now(
            viewer(), round_.id, reason=form.reason.data, now=now, mail_ready=mail_ready()
        )
        if refusal is None:
            return _done(slug, "The round is open.")
    return _move_page(round_, form, move, refusal, checks=_checks(round_))


@bp.route("/<slug>/close", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def close(slug: str) -> View:
    round_, now = round_or_404(slug), received_at()
    _stop_unless(may_close(round_, now), round_)
    waiting = admin_rounds.waiting(round_.id, now)
    own = [s for s in admin_rounds.stream_lines(round_.id) if _later(s.facts.closes_at, now)]
    effects = [
        "Nobody can save or submit any more, but for requests already under way "
        f"({round_.grace_seconds} seconds of grace).",
        f"{_people(waiting.drafts)} with a draft cannot submit it.",
    ]
    if waiting.live_extensions:
        effects.append(
            f"{_people(waiting.live_extensions)} with an extension of their own keep it."
        )
    changes = [Change("Closes", round_.closes_at, now)] if _later(round_.closes_at, now) else []
    changes += [Change(line.name, line.facts.closes_at, now) for line in own]
    move = Move("Close now", "Close the round now", effects, changes, danger=True)
    return _simple(round_, move, round_dates.close_now, "The round is closed.")


@bp.route("/<slug>/extend", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def extend(slug: str) -> View:
    round_, now = round_or_404(slug), received_at()
    _stop_unless(may_extend(round_, now), round_)
    streams = {line.id: line for line in admin_rounds.stream_lines(round_.id)}
    form = ExtendForm(data={"closes_at": written(round_.closes_at), "tell": True})
    form.streams.choices = options(
        (line.id, line.name) for line in streams.values() if line.facts.closes_at is not None
    )
    refusal = None
    if form.validate_on_submit():
        closes_at = form.instant_of("closes_at")
        if closes_at is None:
            form.closes_at.form.day.errors = ["New deadline: give a date and a time"]
        elif _checking():
            ticked = [streams[number] for number in form.streams.data or ()]
            changes = [Change("Closes", round_.closes_at, closes_at)]
            changes += [Change(line.name, line.facts.closes_at, closes_at) for line in ticked]
            return _confirm(round_, form, _extend_move(round_, changes, form.tell.data, now))
        else:
            refusal = round_dates.extend(
                viewer(),
                round_.id,
                closes_at,
                stream_ids=form.streams.data or (),
                reason=form.reason.data,
                now=now,
                tell=form.tell.data,
            )
            if refusal is None:
                promotion.let_in_covered(now, round_.id)
                return _done(slug, "The deadline has moved.")
    page = render_template(
        "admin/rounds/extend.html",
        form=form,
        round=round_,
        refusal=refusal,
        streams=[line for line in streams.values() if line.facts.closes_at is not None],
    )
    return page if refusal is None else (page, 409)


@bp.route("/<slug>/archive", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def archive(slug: str) -> View:
    round_ = round_or_404(slug)
    move = Move(
        "Archive",
        "Archive the round",
        [
            "The members of its streams lose their access to its applications.",
            "Nothing is deleted; admins still find everything.",
        ],
        [Change("Archived", round_.archived_at, received_at())],
        danger=True,
    )
    return _simple(round_, move, round_dates.archive, "The round is archived.")


# -- helpers --------------------------------------------------------------------------------------


def _stop_unless(verdict: Verdict, round_: Round) -> None:
    """Say at once what the round's state forbids, before anybody fills a form in."""
    if isinstance(verdict, Refused):
        href = url_for("admin_rounds.show", slug=round_.slug)
        raise RefusedRequest(verdict, href, "Back to the round")


def _checking() -> bool:
    return request.form.get("step") == "check"


def _done(slug: str, message: str) -> Response:
    flash(message, "good")
    return redirect(url_for("admin_rounds.show", slug=slug))


def _simple(round_: Round, move: Move, verb: object, message: str) -> View:
    """A move that needs a reason and nothing else."""
    form, refusal = ReasonForm(), None
    if form.validate_on_submit():
        assert callable(verb)
        refusal = verb(viewer(), round_.id, reason=form.reason.data, now=received_at())
        if refusal is None:
            return _done(round_.slug, message)
    return _move_page(round_, form, move, refusal)


def _move_page(
    round_: Round,
    form: FlaskForm,
    move: Move,
    refusal: Refused | None,
    checks: Sequence[object] = (),
) -> View:
    page = render_template(
        "admin/rounds/move.html", form=form, round=round_, move=move, refusal=refusal, checks=checks
    )
    return page if refusal is None else (page, 409)


def _confirm(round_: Round, form: FlaskForm, move: Move) -> str:
    """What was typed, as instants, with the same fields hidden behind the button that does it."""
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "step")
    ]
    return render_template(
        "admin/rounds/confirm.html", form=form, round=round_, move=move, kept=kept
    )


def _stage(round_: Round) -> Phase:
    return phase(round_, received_at())


def _checks(round_: Round) -> list[object]:
    """What stands against an opening: the red checks, then the warnings."""
    found = preflight(admin_rounds.round_facts(round_, mail_ready=mail_ready()), received_at())
    return [*reds(found), *warnings(found)]


def _later(at: datetime | None, now: datetime) -> bool:
    return at is not None and at > now


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _dates_move(before: RoundDates, wanted: RoundDates) -> Move:
    pairs = [
        Change("Opens", before.opens_at, wanted.opens_at),
        Change("Closes", before.closes_at, wanted.closes_at),
        Change("Release of decisions", before.release_at, wanted.release_at),
        Change("References are due", before.references_due_at, wanted.references_due_at),
    ]
    return Move(
        "Check the dates",
        "Save these dates",
        ["These instants are stored, and every page shows them from then on."],
        [pair for pair in pairs if pair.before != pair.after],
    )


def _publish_move(round_: Round, at: datetime) -> Move:
    opens = (
        "It opens by itself when its opening is reached: no job has to run."
        if round_.opens_at
        else "It has no opening yet, so it stays announced until you set one."
    )
    return Move(
        "Check the announcement",
        "Announce the round",
        ["The round and its dates are on the public pages from then on.", opens],
        [
            Change("Announced", round_.published_at, at),
            Change("Opens", round_.opens_at, round_.opens_at),
            Change("Closes", round_.closes_at, round_.closes_at),
        ],
    )


def _extend_move(round_: Round, changes: list[Change], tell: bool, now: datetime) -> Move:
    waiting = admin_rounds.waiting(round_.id, now)
    effects = ["Applicants can save and submit until the new instant, on every page at once."]
    if tell:
        count = waiting.drafts + waiting.submitted
        effects.append(f"{_people(count)} with an application get a mail with your reason.")
    if round_.release_at and changes[0].after and round_.release_at <= changes[0].after:
        effects.append("The announced release of decisions is earlier than this: move it as well.")
    return Move("Check the new deadline", "Extend the deadline", effects, changes)

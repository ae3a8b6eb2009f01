"""Admin: one stream: its words, limits, mentors, directions, questions and members."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.models import Stream
from portal.queries import admin_rounds, admin_streams
from portal.queries.work_test_counts import begun_by_test
from portal.services import questions, streams
from portal.services.versions import Stale
from portal.web import streams_editing
from portal.web.admin.rounds import round_or_404
from portal.web.admin.streams_forms import LimitsForm, MentorsForm, NewStreamForm, OfferingsForm
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.instant_fields import written
from portal.web.options import options
from portal.web.policies import policy
from portal.web.streams_forms import KINDS

bp = Blueprint("admin_streams", __name__, url_prefix="/admin/rounds/<slug>/streams")

View = str | Response | tuple[str, int]


@bp.route("/new", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def new(slug: str) -> View:
    round_ = round_or_404(slug)
    form, refusal = NewStreamForm(), None
    if form.validate_on_submit():
        made = streams.create_stream(
            viewer(), round_.id, form.words(), places=form.places.data, now=received_at()
        )
        if isinstance(made, int):
            flash("The stream is made. It needs mentors, directions and questions.", "good")
            names = {line.id: line.slug for line in admin_rounds.stream_lines(round_.id)}
            return redirect(url_for(".show", slug=slug, stream=names[made]))
        refusal = made
    page = render_template("admin/streams/new.html", form=form, round=round_, refusal=refusal)
    return page if refusal is None else (page, 409)


@bp.get("/<stream>")
@policy(Policy.ADMIN)
def show(slug: str, stream: str) -> str:
    found = _stream_or_404(slug, stream)
    return render_template(
        "admin/streams/show.html",
        stream=found,
        round=found.round,
        answers=admin_streams.answers_by_question(found.id),
        begun=begun_by_test(found.id),
        live=[question for question in found.questions if question.retired_at is None],
        retired=[question for question in found.questions if question.retired_at is not None],
        kinds=KINDS,
    )


@bp.route("/<stream>/text", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def text(slug: str, stream: str) -> View:
    found = _stream_or_404(slug, stream)
    edit = streams_editing.edit_text(found)
    if edit.saved:
        return _saved(slug, stream)
    return _form_page("text", found, edit.form, edit.answer)


@bp.route("/<stream>/limits", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def limits(slug: str, stream: str) -> View:
    found = _stream_or_404(slug, stream)
    form = LimitsForm(
        data={
            "version": str(found.version),
            "places": found.places,
            "closes_at": written(found.closes_at),
        }
    )
    answer: Refused | Stale | None = None
    if form.validate_on_submit():
        answer = streams.edit_limits(
            viewer(),
            found.id,
            form.version.data or "",
            places=form.places.data,
            closes_at=form.instant_of("closes_at", found.closes_at),
            reason=form.reason.data,
            now=received_at(),
        )
        if answer is None:
            return _saved(slug, stream)
        if isinstance(answer, Stale):
            form.version.data = answer.version
    return _form_page("limits", found, form, answer)


@bp.route("/<stream>/mentors", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def mentors(slug: str, stream: str) -> View:
    found = _stream_or_404(slug, stream)
    current = [link.mentor_id for link in found.mentor_links]
    form = MentorsForm(data={"mentors": current, "primary": current[0] if current else 0})
    everybody = admin_streams.mentor_choices()
    form.mentors.choices = options(everybody)
    form.primary.choices = options([(0, "The first of them"), *everybody])
    answer = None
    if form.validate_on_submit():
        answer = streams.set_mentors(
            viewer(), found.id, _mentors_in_order(form, current), now=received_at()
        )
        if answer is None:
            return _saved(slug, stream)
    return _form_page("mentors", found, form, answer)


@bp.route("/<stream>/directions", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def directions(slug: str, stream: str) -> View:
    found = _stream_or_404(slug, stream)
    current = [offering.direction_id for offering in found.offerings]
    form = OfferingsForm(data={"directions": current})
    known = admin_streams.direction_choices(found.round_id)
    form.directions.choices = options((key, title) for key, title, _, _ in known)
    elsewhere = {key: name for key, _, name, holder in known if holder not in (None, found.id)}
    answer = None
    if form.validate_on_submit():
        ticked = form.directions.data or []
        kept = [key for key in current if key in ticked]
        wanted = [*kept, *(key for key in ticked if key not in kept)]
        answer = streams.set_offerings(viewer(), found.id, wanted, now=received_at())
        if answer is None:
            return _saved(slug, stream)
    return _form_page("directions", found, form, answer, elsewhere=elsewhere)


@bp.post("/<stream>/members/<int:member_id>/remove")
@policy(Policy.ADMIN)
def remove_member(slug: str, stream: str, member_id: int) -> Response:
    found = _stream_or_404(slug, stream)
    refusal = streams.remove_member(viewer(), found.id, member_id, now=received_at())
    return _done(refusal, slug, stream, "Their rights in this stream have ended.")


@bp.post("/<stream>/remove")
@policy(Policy.ADMIN)
def remove(slug: str, stream: str) -> Response:
    found = _stream_or_404(slug, stream)
    refusal = streams.remove_stream(viewer(), found.id, now=received_at())
    if refusal is not None:
        return _done(refusal, slug, stream, "")
    flash("The stream is removed.", "good")
    return redirect(url_for("admin_rounds.show", slug=slug))


# -- questions ------------------------------------------------------------------------------------


@bp.route("/<stream>/questions/new", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def new_question(slug: str, stream: str) -> View:
    found = _stream_or_404(slug, stream)
    edit = streams_editing.add_question(found)
    if edit.saved:
        return _saved(slug, stream)
    return _form_page("question", found, edit.form, edit.answer, question=None, answers=0)


@bp.route("/<stream>/questions/<int:question_id>", methods=["GET", "POST"])
@policy(Policy.ADMIN)
def question(slug: str, stream: str, question_id: int) -> View:
    found = _stream_or_404(slug, stream)
    asked = streams_editing.question_or_404(found, question_id)
    edit = streams_editing.edit_question(asked)
    if edit.saved:
        return _saved(slug, stream)
    answers = admin_streams.answers_by_question(found.id).get(asked.id, 0)
    return _form_page("question", found, edit.form, edit.answer, question=asked, answers=answers)


@bp.post("/<stream>/questions/<int:question_id>/move")
@policy(Policy.ADMIN)
def move_question(slug: str, stream: str, question_id: int) -> Response:
    asked = streams_editing.question_or_404(_stream_or_404(slug, stream), question_id)
    refusal = streams_editing.move_question(asked)
    return _done(refusal, slug, stream, "The order is saved.")


@bp.post("/<stream>/questions/<int:question_id>/retire")
@policy(Policy.ADMIN)
def retire_question(slug: str, stream: str, question_id: int) -> Response:
    asked = streams_editing.question_or_404(_stream_or_404(slug, stream), question_id)
    refusal = questions.retire_question(viewer(), asked.id, now=received_at())
    return _done(refusal, slug, stream, "The question is not asked any more.")


# -- helpers --------------------------------------------------------------------------------------


def _stream_or_404(slug: str, stream: str) -> Stream:
    found = admin_streams.find_stream(viewer(), slug, stream)
    if found is None:
        abort(404)
    return found


def _saved(slug: str, stream: str) -> Response:
    flash("Saved.", "good")
    return redirect(url_for(".show", slug=slug, stream=stream))


def _done(refusal: Refused | None, slug: str, stream: str, message: str) -> Response:
    back = url_for(".show", slug=slug, stream=stream)
    if refusal is not None:
        raise RefusedRequest(refusal, back, "Back to the stream")
    flash(message, "good")
    return redirect(back)


def _form_page(
    name: str, stream: Stream, form: object, answer: Refused | Stale | None, **more: object
) -> View:
    page = render_template(
        f"admin/streams/{name}.html",
        stream=stream,
        round=stream.round,
        form=form,
        refusal=answer if isinstance(answer, Refused) else None,
        stale=answer if isinstance(answer, Stale) else None,
        **more,
    )
    return (page, 409) if answer is not None else page


def _mentors_in_order(form: MentorsForm, current: list[int]) -> list[int]:
    """Those ticked: the primary first, then as they stood, then the new ones."""
    ticked = form.mentors.data or []
    first = [form.primary.data] if form.primary.data in ticked else []
    return [*first, *(key for key in current if key in ticked), *ticked]

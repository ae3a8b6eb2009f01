"""One section of the form a page: saved on each continue, complete or not; a stale save is shown both texts."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries.applications import Dossier
from portal.services import applications
from portal.services.answer_files import Uploads
from portal.services.applications import Saved, StaleSection
from portal.services.desk import Late
from portal.web.applicant.common import blueprint, late_page, overview, own_dossier, user_id
from portal.web.applicant.forms import (
    begin_page,
    given,
    origin,
    section_form,
    show_problems,
    spoken,
    whole_number,
)
from portal.web.applicant.question_views import changed, section_left
from portal.web.applicant.shared_answers import shared, wanted, with_shared
from portal.web.applicant.uploads import (
    browser_checks,
    file_parts,
    sent_with,
    show_file_problems,
)
from portal.web.applicant.views import (
    SectionPage,
    anchor,
    deadline_lines,
    next_href,
    problems_of,
    rows,
    section_href,
    section_page,
)
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at
from portal.web.policies import policy
from portal.web.requests import takes_files

bp = blueprint("sections")


@bp.get("/<round>/<section>")
@policy(Policy.SIGNED_IN)
def show(round_slug: str, section: str) -> ResponseReturnValue:
    dossier, page = find_section(round_slug, section)
    if dossier.application is None:
        return redirect(overview(dossier))
    answers = dossier.answers(section)
    from_check = request.args.get("from") == "check"
    form = section_form(
        page.fields,
        data={
            **(answers or {}),
            "version": str(dossier.version(section)),
            "came_from": "check" if from_check else "",
        },
    )
    problems = problems_of(page, answers)
    if not from_check:  # what is not answered yet is no mistake of a draft
        problems = [gap for gap in problems if (answers or {}).get(gap.field)]
    show_problems(form, problems)
    return _page(dossier, page, form)


@bp.post("/<round>/<section>")
@policy(Policy.SIGNED_IN)
@takes_files
def save(round_slug: str, section: str) -> ResponseReturnValue:
    dossier, page = find_section(round_slug, section)
    form = section_form(page.fields)
    answers = with_shared(dossier, page, given(form, page.fields), received_at())
    sent = sent_with(form, page.fields)
    result = applications.save_section(
        user_id(),
        dossier.round.id,
        section,
        answers,
        whole_number(form.version.data),
        received_at=received_at(),
        uploads=sent.uploads,
        origin=origin(form),
    )
    show_file_problems(form, sent.problems)
    if isinstance(result, Late):
        for problem in sent.problems.values():
            flash(problem, "warn")
        return late_page(dossier, result)
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview(dossier), "Back to the round")
    if isinstance(result, StaleSection):
        return _stale(own_dossier(round_slug), page, form, result)
    if sent.problems:
        return _without_file(own_dossier(round_slug), page, form, result)
    return redirect(_after(dossier, page, form, answers, sent.uploads))


def _without_file(
    dossier: Dossier, page: SectionPage, form: FlaskForm, saved: Saved
) -> ResponseReturnValue:
    """A file was not taken: the page says why at its field, and that everything else is saved."""
    problems = problems_of(page, dossier.answers(page.slug))
    show_problems(form, [gap for gap in problems if not form[gap.field].errors])
    form.version.data = str(saved.version)
    return _page(dossier, page, form, 422, file_refused=True)


def _after(
    dossier: Dossier, page: SectionPage, form: FlaskForm, answers: dict[str, str], uploads: Uploads
) -> str:
    """Where a save leads, with what there is to say on the way."""
    if uploads.removed:
        flash(f"{page.title}: saved, without the file that you removed.", "good")
        return section_href(dossier, page.slug, from_check=form.came_from.data == "check")
    if name := wanted(page):
        flash(
            "Saved. The answer you gave elsewhere stands here now, unless you had written one.",
            "good",
        )
        from_check = form.came_from.data == "check"
        return f"{section_href(dossier, page.slug, from_check=from_check)}#{anchor(page, name)}"
    onward = _onward(dossier, page.slug, form)
    wrong = _wrong(page, answers)
    flash(f"{page.title}: saved.", "good")
    if origin(form).turn:
        flash(form.page.data or "", "saved page")
    if wrong and request.form.get("then") == "list":
        flash(f"To look at before you submit. {'. '.join(wrong)}.", "warn")
    elif wrong and not onward.endswith("/check"):  # the check lists what is wrong itself
        flash("Saved as you typed it, but some of it must change before you submit.", "warn")
        onward = section_href(dossier, page.slug)
    return onward


def find_section(round_slug: str, section: str) -> tuple[Dossier, SectionPage]:
    """The viewer's dossier and one page of its form, or the page that says there is no such thing."""
    dossier = own_dossier(round_slug)
    page = section_page(dossier, section)
    if page is None:
        abort(404)
    return dossier, page


def _page(
    dossier: Dossier, page: SectionPage, form: FlaskForm, status: int = 200, **more: Any
) -> ResponseReturnValue:
    at = received_at()
    if "others" not in more:  # until a clash is settled, it stays the page that was sent
        begin_page(form, user_id(), page.fields)
    deadline = dossier.section_deadline(page.slug)
    answers = dossier.answers(page.slug)
    rendered = render_template(
        "applicant/sections/section.html",
        dossier=dossier,
        page=page,
        form=form,
        deadline=deadline,
        accepting=deadline.judge(at).accepted,
        lines=deadline_lines(dossier, at),
        rows=rows(dossier, page, answers, (), None),
        files=file_parts(dossier, page.slug, page.fields, more.pop("yours", None)),
        checks=browser_checks(),
        saved_at=dossier.saved_at(page.slug),
        from_check=form.came_from.data == "check",
        changed={f.name: said for f in page.fields if (said := changed(dossier, f))},
        shared=shared(dossier, page, at),
        left=section_left(dossier, page.slug),
        **more,
    )
    return rendered, status


def _stale(
    dossier: Dossier, page: SectionPage, form: FlaskForm, stale: StaleSection
) -> ResponseReturnValue:
    """Both texts: one's own in the form, with the version that a save over the other must name, the other beside it."""
    typed = {**given(form, page.fields), **stale.yours}
    form.version.data = str(stale.version)
    others = _others(dossier, page, typed, stale.answers)
    return _page(dossier, page, form, 409, others=others, yours=stale.yours)


def _others(
    dossier: Dossier, page: SectionPage, typed: Mapping[str, str], saved: Mapping[str, str]
) -> list[dict[str, str]]:
    """The fields in which the two texts differ, with what is saved now."""
    words = spoken(page.fields, saved)
    words |= {name: file.name for name, file in dossier.files_in(page.fields, saved).items()}
    return [
        {"label": field.label, "saved": words[field.name]}
        for field in page.fields
        if applications.clean(typed[field.name]) != saved.get(field.name, "")
    ]


def _wrong(page: SectionPage, answers: dict[str, str]) -> list[str]:
    """What of the saved text is over a limit or malformed: nothing is cut."""
    cleaned = {name: applications.clean(text) for name, text in answers.items()}
    return [gap.problem for gap in problems_of(page, cleaned) if cleaned.get(gap.field)]


def _onward(dossier: Dossier, section: str, form: FlaskForm) -> str:
    then = request.form.get("then")
    if then == "list":
        return overview(dossier)
    if form.came_from.data == "check":
        return url_for("applicant_submissions.check", round=dossier.round.slug)
    return next_href(dossier, section, received_at())

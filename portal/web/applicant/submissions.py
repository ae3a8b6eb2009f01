"""Checking the answers, submitting them once, and the receipt."""

import re
import secrets
from datetime import UTC, datetime

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.domain.applications import CHECK, DIRECTIONS, draft_gaps
from portal.domain.permissions import Policy
from portal.domain.reading import everything
from portal.domain.submissions import normal_number, read, salted
from portal.queries import applications as dossiers
from portal.queries import own_applications
from portal.queries.applications import Dossier
from portal.queries.receipts import public_receipt
from portal.services import submissions
from portal.services.desk import Late
from portal.services.submissions import Incomplete, Receipt
from portal.web.applicant.anonymity import names_in_texts
from portal.web.applicant.common import (
    blueprint,
    late_page,
    mail,
    overview,
    own_dossier,
    user_id,
)
from portal.web.applicant.forms import SubmitForm
from portal.web.applicant.views import (
    all_section_pages,
    deadline_lines,
    gap_href,
    problems_of,
    rows,
    section_href,
    standings,
)
from portal.web.applicant.work_test_views import task_lines
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, viewer
from portal.web.policies import policy

bp = blueprint("submissions")
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@bp.get("/<round>/check")
@policy(Policy.SIGNED_IN)
def check(round_slug: str) -> ResponseReturnValue:
    dossier = own_dossier(round_slug)
    if dossier.application is None:
        return redirect(overview(dossier))
    return _check_page(dossier)


def _check_page(dossier: Dossier, refused: bool = False) -> ResponseReturnValue:
    at = received_at()
    missing = draft_gaps(dossier.draft(at))
    sections = []
    for page in all_section_pages(dossier):
        answers = dossier.answers(page.slug)
        editable = dossier.section_deadline(page.slug).judge(at).accepted
        href = section_href(dossier, page.slug, from_check=True) if editable else None
        gaps = problems_of(page, answers) if editable else []
        sections.append((page, rows(dossier, page, answers, gaps, href), editable))
    rendered = render_template(
        "applicant/submissions/check.html",
        dossier=dossier,
        sections=sections,
        missing=[(gap.problem, gap_href(dossier, gap)) for gap in missing],
        refused=refused,
        directions_href=section_href(dossier, DIRECTIONS, from_check=True),
        tasks=task_lines(dossier, at).items,
        standings=standings(dossier, at),
        lines=deadline_lines(dossier, at),
        accepting=dossier.general().judge(at).accepted,
        deadline=dossier.general(),
        may_submit=dossier.submit_deadline().judge(at).accepted,
        unsent=dossier.unsent(at),
        names_found=names_in_texts(dossier),
        form=SubmitForm(formdata=None, key=secrets.token_urlsafe(18)),
    )
    return rendered, 409 if refused else 200


@bp.post("/<round>/submit")
@policy(Policy.SIGNED_IN)
def submit(round_slug: str) -> ResponseReturnValue:
    """Submit; pressed twice or retried it leads to the same receipt."""
    key = request.form.get("key", "")
    if not KEY.fullmatch(key):
        abort(400)
    number = own_applications.made_with(viewer(), round_slug, key)
    if number is None:
        answer = _submit(round_slug, key, _as_sent_at())
        if not isinstance(answer, Receipt):
            return answer
        number = answer.number
    return redirect(url_for("applicant_submissions.receipt", round=round_slug, number=number))


def _as_sent_at() -> datetime | None:
    """The instant that the button of a late text names; None where the check page's was pressed."""
    text = request.form.get("as_sent_at", "")
    try:
        at = datetime.fromisoformat(text) if text else None
        if at is not None and at.tzinfo is None:
            abort(400)
        return at.astimezone(UTC) if at else None
    except (ValueError, OverflowError):
        abort(400)


def _submit(
    round_slug: str, key: str, as_sent_at: datetime | None
) -> Receipt | ResponseReturnValue:
    """The receipt, or the page that says why there is none. The whole dossier is read only for such a page."""
    round_id = dossiers.find_round_id(viewer(), round_slug, received_at())
    if round_id is None:
        abort(404)
    result = submissions.submit(
        user_id(),
        round_id,
        key,
        mail(),
        received_at=received_at(),
        recorded_at=clock.now(),
        as_sent_at=as_sent_at,
    )
    if isinstance(result, Receipt):
        return result
    dossier = own_dossier(round_slug)
    if isinstance(result, Late):
        return late_page(dossier, result)
    if isinstance(result, Incomplete) and dossier.application is not None:
        return _check_page(dossier, refused=True)
    if isinstance(result, Incomplete):
        raise RefusedRequest(result.refusal, overview(dossier), "Start your application")
    if as_sent_at is not None:
        raise RefusedRequest(result, section_href(dossier, CHECK), "Check your answers")
    raise RefusedRequest(result, overview(dossier), "Back to your application")


@bp.get("/<round>/receipt")
@policy(Policy.SIGNED_IN)
def receipt(round_slug: str) -> ResponseReturnValue:
    """The receipt of the current submission, or of the one `?number=` names."""
    dossier = own_dossier(round_slug)
    found = own_applications.submissions(viewer(), dossier.round.id)
    current = dossier.submission
    number = normal_number(request.args.get("number", current.number if current else ""))
    shown = next((each for each in found if each.number == number), None)
    if shown is None:
        abort(404)
    given = read(shown.content)
    return render_template(
        "applicant/submissions/receipt.html",
        proof=public_receipt(number),
        dossier=dossier,
        submission=shown,
        content=given,
        parts=everything(given),
        is_current=current is not None and shown.id == current.id,
        others=[each for each in found if each.id != shown.id],
        deadline=dossier.general(),
        accepting=dossier.general().judge(received_at()).accepted,
    )


@bp.get("/<round>/receipt/<number>.bin")
@policy(Policy.SIGNED_IN)
def content(round_slug: str, number: str) -> ResponseReturnValue:
    """What the digest is over, byte for byte: the salt's 32 bytes, then the content. `sha256sum` gives the digest.

    Not there any more once the content was erased.
    """
    found = own_applications.submissions(viewer(), own_dossier(round_slug).round.id)
    shown = next((each for each in found if each.number == normal_number(number)), None)
    if shown is None or not shown.content:
        abort(404)
    response = Response(salted(shown.salt, shown.content), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{shown.number}.bin"'
    return response

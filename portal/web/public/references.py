"""The page behind the link in a referee's letter. The link is all they have and need: no account, session or cookie.

Looking changes nothing, however often a mail program does it; each change is a POST. There is no session that a forged
request could use, and whoever knows the address may write, so that no form here carries a token of a session.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.domain.permissions import Policy
from portal.domain.questions import Gap, Kind
from portal.domain.references import FIELD_NAMES, FIELDS, in_words, link_works, reference_gaps
from portal.domain.verdict import Refused
from portal.extensions import csrf
from portal.queries import references as found
from portal.queries.references import Request
from portal.services import reference_writing as writing
from portal.services.accounts import digest_of
from portal.services.applications import clean
from portal.services.reference_writing import NO_LINK, Unfinished
from portal.services.versions import Stale
from portal.web.guard import received_at
from portal.web.policies import policy

bp = Blueprint("public_references", __name__, url_prefix="/reference")

YES_NO = (("yes", "Yes"), ("no", "No"))


class ReferenceForm(Form):
    """The fields of `domain.references.FIELDS`; `saves` is the count that the page was made from."""

    saves = HiddenField(default="0")


def _control(field: Any) -> Any:
    if field.kind is Kind.LONG_TEXT:
        return TextAreaField(field.label, description=field.hint)
    pairs = field.choices or YES_NO
    choices = [SelectChoice(value, label) for value, label in pairs]
    return RadioField(field.label, description=field.hint, choices=choices, validate_choice=False)


for _field in FIELDS:
    setattr(ReferenceForm, _field.name, _control(_field))


@bp.get("/<token>")
@policy(Policy.PUBLIC)
def show(token: str) -> ResponseReturnValue:
    """The form; after sending what was sent, after declining the way back."""
    opened = _open(token)
    if isinstance(opened, Refused):
        return _refused(opened)
    referee = opened.referee
    if referee.received_at is not None:
        return _page("sent", token, opened, words=in_words(referee.answers))
    if referee.declined_at is not None:
        return _page("declined", token, opened)
    return _form_page(token, opened, _form(opened))


@bp.post("/<token>")
@csrf.exempt
@policy(Policy.PUBLIC)
def save(token: str) -> ResponseReturnValue:
    """Keep what was typed; with `then=check` go on to read it over."""
    form = ReferenceForm(request.form)
    result = writing.save(token, _typed(form), _count(form), received_at=received_at())
    if isinstance(result, Refused):
        return _refused(result)
    opened = _open(token)
    if isinstance(opened, Refused):
        return _refused(opened)
    if isinstance(result, Stale):
        form.saves.data = result.version
        return _form_page(token, opened, form, 409, others=_others(form, result))
    if request.form.get("then") != "check":
        return redirect(url_for(".show", token=token, saved=1), 303)
    missing = reference_gaps(opened.referee.answers)
    if missing:
        return _form_page(token, opened, _form(opened, missing), 422)
    return redirect(url_for(".check", token=token), 303)


@bp.get("/<token>/check")
@policy(Policy.PUBLIC)
def check(token: str) -> ResponseReturnValue:
    """What would be sent, to read over, and the button that sends it."""
    opened = _open(token)
    if isinstance(opened, Refused):
        return _refused(opened)
    referee = opened.referee
    answered = referee.received_at is not None or referee.declined_at is not None
    if answered or reference_gaps(referee.answers):
        return redirect(url_for(".show", token=token), 303)
    return _page("check", token, opened, words=in_words(referee.answers))


@bp.post("/<token>/send")
@csrf.exempt
@policy(Policy.PUBLIC)
def send(token: str) -> ResponseReturnValue:
    form = ReferenceForm(request.form)
    result = writing.send(token, _count(form), received_at=received_at())
    if isinstance(result, Refused):
        return _refused(result)
    opened = _open(token)
    if isinstance(opened, Refused):
        return _refused(opened)
    if isinstance(result, Unfinished):
        return _form_page(token, opened, _form(opened, result.gaps), 422)
    if isinstance(result, Stale):
        words = in_words(opened.referee.answers)
        return _page("check", token, opened, words=words, changed=True, status=409)
    return redirect(url_for(".show", token=token), 303)


@bp.get("/<token>/decline")
@policy(Policy.PUBLIC)
def ask_decline(token: str) -> ResponseReturnValue:
    opened = _open(token)
    if isinstance(opened, Refused):
        return _refused(opened)
    if opened.referee.received_at is not None or opened.referee.declined_at is not None:
        return redirect(url_for(".show", token=token), 303)
    return _page("decline", token, opened)


@bp.post("/<token>/decline")
@csrf.exempt
@policy(Policy.PUBLIC)
def decline(token: str) -> ResponseReturnValue:
    return _done(token, writing.decline(token, received_at=received_at()))


@bp.post("/<token>/resume")
@csrf.exempt
@policy(Policy.PUBLIC)
def resume(token: str) -> ResponseReturnValue:
    """Take a decline back."""
    return _done(token, writing.resume(token, received_at=received_at()))


def _done(token: str, result: object) -> ResponseReturnValue:
    if isinstance(result, Refused):
        return _refused(result)
    return redirect(url_for(".show", token=token), 303)


def _open(token: str) -> Request | Refused:
    """What the link leads to, or why it shows nothing of a person."""
    opened = found.by_digest(digest_of(token))
    if opened is None:
        return NO_LINK
    round_ = opened.round
    works = link_works(opened.referee, round_.released_at, round_.archived_at, received_at())
    return works if isinstance(works, Refused) else opened


def _refused(refusal: Refused) -> ResponseReturnValue:
    """A page that names nobody. A link that never was and one that was replaced look the same."""
    page = render_template("public/references/refused.html", refusal=refusal)
    return page, 404 if refusal is NO_LINK else 410


def _page(
    name: str, token: str, opened: Request, *, status: int = 200, **more: Any
) -> ResponseReturnValue:
    page = render_template(
        f"public/references/{name}.html",
        token=token,
        opened=opened,
        referee=opened.referee,
        late=not opened.due.judge(received_at()).accepted,
        **more,
    )
    return page, status


def _form_page(
    token: str, opened: Request, form: ReferenceForm, status: int = 200, **more: Any
) -> ResponseReturnValue:
    fields = [(form[field.name], field) for field in FIELDS]
    saved = request.method == "GET" and "saved" in request.args
    return _page(
        "form", token, opened, form=form, fields=fields, saved=saved, status=status, **more
    )


def _form(opened: Request, missing: list[Gap] | None = None) -> ReferenceForm:
    referee = opened.referee
    form = ReferenceForm(data={**referee.answers, "saves": str(referee.saves)})
    for gap in missing or ():
        form[gap.field].errors = [gap.problem]
    return form


def _typed(form: ReferenceForm) -> dict[str, str]:
    return {name: form[name].data or "" for name in FIELD_NAMES}


def _count(form: ReferenceForm) -> int:
    text = form.saves.data or ""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _others(form: ReferenceForm, stale: Stale) -> list[tuple[str, str]]:
    """Where what is saved now differs from what was typed, in the words of the form."""
    saved = {name: str(stale.current.get(name, "")) for name in FIELD_NAMES}
    words = {label: text for label, text, _ in in_words(saved)}
    return [
        (field.label, words.get(field.label, ""))
        for field in FIELDS
        if clean(form[field.name].data or "") != saved[field.name]
    ]

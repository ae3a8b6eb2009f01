"""Admin: the audit log, newest first, with filters."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, render_template, request

from portal.domain.permissions import Policy
from portal.queries import audit as audit_log
from portal.queries.audit import AuditFilter
from portal.web.admin import audit_words
from portal.web.guard import viewer
from portal.web.pagination import page_href, page_number
from portal.web.policies import policy

bp = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")
bp.add_app_template_filter(audit_words.sentence, "audit_sentence")
bp.add_app_template_filter(audit_words.changed, "audit_changes")
bp.add_app_template_filter(audit_words.in_words, "audit_value")


@bp.get("")
@policy(Policy.ADMIN)
def index() -> str:
    last = _day("until")
    wanted = AuditFilter(
        action=_words("action"),
        actor=_words("actor"),
        subject=_words("subject"),
        round=_words("round"),
        since=_day("since"),
        until=last + timedelta(days=1) if last else None,
        each="each" in request.args,
    )
    return render_template(
        "admin/audit/list.html",
        page=audit_log.events(viewer(), wanted, page_number()),
        actions=[(name, _label(name)) for name in audit_log.actions()],
        wanted=wanted,
        href=page_href(),
    )


def _words(name: str) -> str:
    """An argument without what no database takes."""
    return request.args.get(name, "").replace("\0", "").strip()[:200]


def _day(name: str) -> datetime | None:
    """The beginning in UTC of the day that was asked for; nothing when it is no date."""
    try:
        return datetime.combine(
            date.fromisoformat(request.args.get(name, "").strip()), time(), tzinfo=UTC
        )
    except ValueError:
        return None


def _label(action: str) -> str:
    return audit_words.PHRASES.get(action, action.replace(".", ": ").replace("_", " "))

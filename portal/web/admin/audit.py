"""Admin: the audit log, newest first, with filters; one event; and the log as a table to take away."""

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, abort, render_template, request, url_for

from portal.domain.instants import iso
from portal.domain.lines import one_line
from portal.domain.permissions import Policy
from portal.models import AuditEvent
from portal.queries import audit as audit_log
from portal.queries.audit import AuditFilter
from portal.services.exports import note_log_export
from portal.web.admin import audit_words
from portal.web.csv_export import csv_file
from portal.web.guard import received_at, viewer
from portal.web.pagination import beside, same_filters
from portal.web.policies import policy

bp = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")
bp.add_app_template_filter(audit_words.sentence, "audit_sentence")
bp.add_app_template_filter(audit_words.changed, "audit_changes")
bp.add_app_template_filter(audit_words.in_words, "audit_value")
bp.add_app_template_filter(audit_words.forgotten, "audit_forgotten")
bp.add_app_template_filter(audit_words.about, "audit_about")
bp.add_app_template_filter(audit_words.who, "audit_who")
bp.add_app_template_filter(one_line, "one_line")

HEADS = (
    "Event", "When (UTC)", "Who", "Address", "What", "Kind", "About", "Why", "Before", "After",
    "Request", "Digest",
)  # fmt: skip


@bp.get("")
@policy(Policy.ADMIN)
def index() -> str:
    wanted = _wanted()
    found = audit_log.events(viewer(), wanted, before=_position("before"), after=_position("after"))
    return render_template(
        "admin/audit/list.html",
        found=found,
        actions=audit_words.choices(),
        rounds=audit_log.rounds(),
        wanted=wanted,
        since=_typed("since", "T00:00"),
        until=_typed("until", "T23:59"),
        beside=beside(),
        csv_href=same_filters(url_for("admin_audit.table")),
    )


@bp.get("/<int:position>")
@policy(Policy.ADMIN)
def event(position: int) -> str:
    found = audit_log.one(viewer(), position)
    if found is None:
        abort(404)
    return render_template("admin/audit/event.html", found=found, event=found.event)


@bp.get("/table.csv")
@policy(Policy.ADMIN)
def table() -> Response:
    rows = audit_log.table(viewer(), _wanted())
    kept = {name: text[:200] for name, text in request.args.items() if text}
    note_log_export(viewer(), len(rows), kept, now=received_at())
    return csv_file("audit-log.csv", HEADS, (_cells(row) for row in rows))


def _wanted() -> AuditFilter:
    return AuditFilter(
        action=_words("action"),
        actor=_words("actor"),
        subject=_words("subject"),
        round=_words("round"),
        since=_instant("since", timedelta()),
        until=_instant("until", timedelta(days=1), timedelta(minutes=1)),
        each="each" in request.args,
    )


def _words(name: str) -> str:
    """An argument on one line, without what no database takes."""
    return " ".join(request.args.get(name, "").replace("\0", "").split())[:200]


def _typed(name: str, of_day: str) -> str:
    """What stands in the field of an instant: a day that was asked for has its first or last minute."""
    text = request.args.get(name, "").strip()[:40]
    return f"{text}{of_day}" if len(text) == len("2026-12-05") else text


def _position(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _instant(
    name: str, after_day: timedelta, after_minute: timedelta = timedelta()
) -> datetime | None:
    """The instant in UTC that was asked for, such as 2026-12-05T11:59; nothing when it is none.

    A day alone is its beginning; the two lengths are added to what names a day and to what names a minute.
    """
    text = request.args.get(name, "").strip()
    try:
        if len(text) <= len("2026-12-05"):
            return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC) + after_day
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC) + after_minute
    except (ValueError, OverflowError):
        return None


def _cells(row: AuditEvent) -> list[object]:
    """One event on one line."""
    return [
        row.position,
        iso(row.at),
        audit_words.who(row),
        one_line(row.actor.email) if row.actor else "",
        audit_words.sentence(row),
        row.action,
        audit_words.about(row),
        one_line(row.reason),
        *(audit_words.in_words(part) if part else "" for part in (row.before, row.after)),
        row.request_id,
        row.digest,
    ]

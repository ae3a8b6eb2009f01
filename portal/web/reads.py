"""Which pages show people to those who are not them: each page of the desk and of the readers stands in one of three
lists here, and what the first one holds is recorded (`services.reads`)."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request

from portal.domain.instants import iso
from portal.domain.permissions import Viewer
from portal.services import reads
from portal.services.reads import Read
from portal.web.guard import received_at, seen_as

SHOWN_WITH = {200, 409, 422}  # a form that comes back shows what its page shows


@dataclass(frozen=True)
class Shows:
    """What a page shows: the action to record, the kind of its subject, the part of the address that holds its id."""

    action: str
    subject: str
    id_in: str = ""


SHOW_PEOPLE = {
    "admin_applications.index": Shows("applications.listed", "applications"),
    "admin_applications.show": Shows("application.opened", "application", "application"),
    "admin_conflicts.index": Shows("applications.listed", "conflicts"),
    "admin_conflicts.show": Shows("application.opened", "application", "application"),
    "admin_audit.index": Shows("audit.read", "audit"),
    "admin_audit.event": Shows("audit.read", "audit", "position"),
    "admin_decisions.show": Shows("applications.listed", "decisions"),
    "admin_enquiries.index": Shows("people.listed", "enquiries"),
    "admin_enquiries.show": Shows("enquiry.opened", "enquiry", "enquiry_id"),
    "admin_erasing.person": Shows("person.opened", "user", "user_id"),
    "admin_extensions.index": Shows("applications.listed", "late requests"),
    "admin_factor_resets.index": Shows("people.listed", "second factors"),
    "admin_factor_resets.person": Shows("person.opened", "user", "user_id"),
    "admin_mail.index": Shows("people.listed", "mail"),
    "admin_people.index": Shows("people.listed", "people"),
    "admin_people.pending": Shows("people.listed", "invitations"),
    "admin_people.person": Shows("person.opened", "user", "user_id"),
    "admin_seeing_as.person": Shows("person.opened", "user", "user_id"),
    "admin_references.index": Shows("applications.listed", "references"),
    "decision.one": Shows("application.opened", "stream_application", "application"),
    "ranking.index": Shows("applications.listed", "ranking"),
    "review.read": Shows("application.opened", "stream_application", "application"),
    "review_conflicts.declare": Shows("application.opened", "stream_application", "application"),
    "review_queue.index": Shows("applications.listed", "queue"),
}
# Their views record them, since only they know whether somebody else's was opened, or how long a list was.
RECORD_THEMSELVES = {
    "admin_applications.table",
    "admin_audit.table",
    "admin_references.read",
    "files.show",
}
# Content, dates, questions and settings of rounds and streams, and one's own pages.
SHOW_NO_APPLICANTS = {
    "admin_announcements.edit", "admin_announcements.index", "admin_content.edit", "admin_content.listing",
    "admin_content.new", "admin_content.overview", "admin_dashboard.index", "admin_people.invite",
    "admin_round_dates.archive", "admin_round_dates.close", "admin_round_dates.dates", "admin_round_dates.extend",
    "admin_round_dates.open_", "admin_round_dates.publish", "admin_round_dates.withdraw",
    "admin_round_parts.criteria", "admin_round_parts.criterion", "admin_round_parts.key_date",
    "admin_round_parts.key_dates", "admin_rounds.details", "admin_rounds.index", "admin_rounds.new",
    "admin_rounds.show", "admin_streams.directions", "admin_streams.limits", "admin_streams.mentors",
    "admin_streams.new", "admin_streams.new_question", "admin_streams.question", "admin_streams.show",
    "admin_streams.text", "admin_work_tests.edit", "admin_work_tests.new", "mentor_profile.direction",
    "mentor_profile.edit", "mentor_profile.show", "own_streams.index", "own_streams.new_question",
    "own_streams.question", "own_streams.show", "own_streams.text", "own_work_tests.edit", "own_work_tests.new",
    "admin_survey.show", "admin_survey.table",
}  # fmt: skip


def init_reads(app: Flask) -> None:
    """A page that shows people is not sent before it is recorded that it was."""
    app.after_request(_note)


def _note(response: Response) -> Response:
    shows = SHOW_PEOPLE.get(request.endpoint or "")
    seen: Viewer | None = g.get("viewer")
    if not seen or not seen.is_signed_in or response.status_code not in SHOWN_WITH:
        return response
    if shows:
        reads.note(seen, _read(shows), now=received_at())
    elif not seen.may_change and request.endpoint not in RECORD_THEMSELVES:
        page = Read(
            "account.page_seen", ("user", seen.user_id), details=_looked({"page": request.path})
        )
        reads.note(seen, page, now=received_at())
    return response


def _read(shows: Shows) -> Read:
    """What was read: by the address, with the filters that were set."""
    parts = request.view_args or {}
    asked = {name: text[:200] for name, text in request.args.items() if text}
    slug = parts.get("slug") or asked.get("round", "")
    subject = (shows.subject, parts.get(shows.id_in))
    return Read(shows.action, subject, str(slug), _looked(asked))


def _looked(asked: dict[str, str]) -> dict[str, Any]:
    """With whose eyes, and since when: each look is recorded anew."""
    look = seen_as()
    return (
        asked if look is None else {**asked, "seen_as": look.user_id, "since": iso(look.began_at)}
    )

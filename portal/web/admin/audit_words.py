"""Entries of the audit log in sentences, and the values that changed in words."""

import re
from datetime import datetime
from typing import Any

from portal.domain.audit import is_forgotten
from portal.domain.instants import in_utc
from portal.domain.lines import one_line
from portal.models import AuditEvent

# What the actor did, written to follow a name. Other actions are read out of their own name.
PHRASES = {
    "access.denied": "was refused a page that is not theirs",
    "access.form_refused": "sent a form without a valid ticket; nothing was done",
    "access.not_found": "asked for something that is not there or not theirs",
    "access.throttled": "was told to wait after too many tries",
    "account.address_changed": "changed the address of the account",
    "account.admin_removed": "took an admin's rights away",
    "account.closed": "closed the account",
    "account.confirmed": "confirmed the address of the account",
    "account.details_changed": "changed the details of the account",
    "account.disabled": "disabled the account",
    "account.enabled": "enabled the account again",
    "account.erased": "erased the data of a person",
    "account.exported": "gave out the data of a person as files",
    "account.made_admin": "became an admin",
    "account.mail_chosen": "chose which e-mails they get",
    "account.password_changed": "changed the password",
    "account.password_reset": "set a new password by a link",
    "account.registered": "made an account",
    "account.reset_asked": "asked for a link to set a new password",
    "account.authenticator_added": "set up an authenticator app",
    "account.authenticator_removed": "took off the authenticator app",
    "account.passkey_added": "added a passkey",
    "account.passkey_removed": "removed a passkey",
    "account.passkey_renamed": "renamed a passkey",
    "account.passkey_used": "signed in with a passkey",
    "account.recovery_code_used": "used a recovery code",
    "account.recovery_codes_made": "made new recovery codes",
    "account.second_factor_shown": "showed a second factor",
    "account.second_factor_reset": "took off the second factor of an account",
    "account.second_factor_reset_asked": "asked that a second factor be taken off",
    "account.second_factor_reset_declined": "declined to take a second factor off",
    "account.sign_in_failed": "tried to sign in and failed",
    "account.seen_as": "began to see the portal as somebody else",
    "account.seen_as_ended": "ended seeing the portal as somebody else",
    "account.page_seen": "opened a page as somebody else sees it",
    "account.signed_in": "signed in",
    "account.signed_out_by_admin": "signed somebody else out",
    "account.signed_out": "signed out",
    "account.signed_out_browser": "signed a browser out",
    "account.signed_out_others": "signed all other browsers out",
    "announcement.changed": "changed an announcement",
    "announcement.published": "published an announcement",
    "announcement.removed": "took an announcement down",
    "application.carried": "began an application with the answers of an earlier round",
    "application.opened": "opened an application",
    "application.ranked": "changed the directions of an application",
    "application.refused_late": "sent a change that arrived after the deadline; it was kept aside",
    "application.restored": "undid the withdrawal of an application",
    "application.saved": "saved a section of an application",
    "application.started": "started an application",
    "application.submitted": "submitted an application",
    "application.withdrawn": "withdrew an application",
    "applications.exported": "exported a list of applications",
    "applications.listed": "opened a list of applications",
    "audit.exported": "exported the audit log",
    "audit.read": "read the audit log",
    "conflict.declared": "declared a conflict of interest",
    "conflict.lifted": "lifted a conflict of interest",
    "conflict.taken_back": "took back whom they did not want as a reader",
    "content.loaded": "loaded the reference content",
    "content.added": "added to the public content",
    "content.edited": "edited the public content",
    "criterion.added": "added a criterion",
    "criterion.changed": "changed a criterion",
    "criterion.removed": "removed a criterion",
    "decision.changed": "changed a decision",
    "decision.cleared": "took a decision back",
    "decision.made": "decided on an application",
    "enquiry.answered": "answered a question",
    "enquiry.asked": "asked the programme a question",
    "enquiry.opened": "opened a question to the programme",
    "extension.asked": "asked for an extension",
    "extension.declined": "declined a request for an extension",
    "extension.granted": "granted an extension to one applicant",
    "file.opened": "opened a file of an application",
    "files.swept": "removed files that nothing names any more",
    "invitation.accepted": "accepted an invitation",
    "invitation.sent": "invited somebody",
    "invitation.sent_again": "sent an invitation again",
    "invitation.withdrawn": "withdrew an invitation",
    "key_date.added": "added a date to the calendar",
    "key_date.changed": "changed a date of the calendar",
    "key_date.removed": "took a date off the calendar",
    "late_draft.let_in": "had a late draft let in by an extension",
    "mail.sent_again": "sent given-up mail again",
    "people.listed": "opened a list of people",
    "person.opened": "opened the page of an account",
    "question.added": "added a question to a stream",
    "question.changed": "changed a question of a stream",
    "question.moved": "changed the order of a stream's questions",
    "question.removed": "removed a question that nobody had answered",
    "question.retired": "retired a question",
    "ranking.totals_opened": "opened the totals of applications they had not read",
    "reference.asked": "had a referee asked by letter",
    "reference.changed": "corrected whom they named for a reference",
    "reference.declined": "as a referee, declined",
    "reference.let_in": "let a late reference in",
    "reference.named": "named somebody for a reference",
    "reference.read": "opened the references of an application",
    "reference.received": "as a referee, sent a reference",
    "reference.reminded": "reminded a referee",
    "reference.resumed": "as a referee, took a decline back",
    "reference.saved": "as a referee, saved a draft",
    "reference.sent_again": "sent a referee another letter",
    "reference.taken_back": "took the request for a reference back",
    "retention.forgot": "forgot what was due to be forgotten",
    "review.changed": "changed a review",
    "review.saved": "saved a draft of a review",
    "review.submitted": "submitted a review",
    "round.archived": "archived the round",
    "round.closed": "closed the round",
    "round.created": "created the round",
    "round.dates_changed": "set the dates of the round",
    "round.edited": "changed the round's name or limits",
    "round.extended": "extended the deadline of the round",
    "round.opened": "opened the round",
    "round.published": "announced the round",
    "round.released": "released the decisions of the round",
    "round.withdrawn": "took the announcement of the round back",
    "stream.created": "created a stream",
    "stream.deadline_moved": "moved the deadline of a stream",
    "stream.edited": "changed a stream",
    "stream.member_removed": "ended a person's rights in a stream",
    "stream.mentors_set": "changed the mentors of a stream",
    "stream.offerings_set": "changed what a stream offers",
    "stream.removed": "removed a stream",
    "work_test.added": "added a task to a stream",
    "work_test.changed": "changed a task of a stream",
    "work_test.handed_in": "handed in a task",
    "work_test.removed": "removed a task that nobody had begun",
    "work_test.retired": "retired a task of a stream",
    "work_test.saved": "saved their work on a task",
    "work_test.started": "began a task",
}

CODE = re.compile(r"[a-z]+(_[a-z]+)+")  # such as on_time
NAMES = {
    "published_at": "announced",
    "opens_at": "opens",
    "closes_at": "closes",
    "references_due_at": "references are due",
    "references_shown": "applicants read their references",
    "max_referees": "references one can ask for",
    "release_at": "release of decisions",
    "released_at": "decisions released",
    "archived_at": "archived",
    "anonymised": "the review is anonymised",
    "grace_seconds": "grace in seconds",
    "max_choices": "directions one can choose",
    "word_limit": "words",
    "q": "searched for",
    "door": "address of the page",
    "page": "address of the page",
    "seen_as": "seen as account",
    "since": "seen so since",
}


def sentence(event: AuditEvent) -> str:
    """What happened, to stand after the actor's name."""
    known = PHRASES.get(event.action)
    subject, _, verb = event.action.partition(".")
    text = known or one_line(f"{verb.replace('_', ' ')} ({subject.replace('_', ' ')})")
    name = event.after.get("name") or event.after.get("label") or event.before.get("name")
    return one_line(f"{text}: {name}") if known and isinstance(name, str) and name else text


def choices() -> list[tuple[str, str]]:
    """(action, words) of every kind of event, by its words."""
    return sorted(PHRASES.items(), key=lambda pair: pair[1])


def who(event: AuditEvent) -> str:
    """The name of the actor."""
    return one_line(event.actor.name or event.actor.email) if event.actor else "the portal"


def about(event: AuditEvent) -> str:
    """What an event is about, such as "stream application 12"."""
    kind = one_line(event.subject_type.replace("_", " "))
    return f"{kind} {event.subject_id}" if event.subject_id is not None else kind


def forgotten(event: AuditEvent) -> list[str]:
    """The texts of an event that were erased, in words."""
    gone = [path.rpartition(".")[2] for path, seal in event.seals.items() if is_forgotten(seal)]
    return sorted({NAMES.get(name, name.replace("_", " ")) for name in gone})


def changed(event: AuditEvent) -> list[tuple[str, str, str]]:
    """(field, before, after) of each value that changed, in words."""
    names = list(dict.fromkeys([*event.before, *event.after]))
    return [
        (
            NAMES.get(name, one_line(name.replace("_", " "))),
            in_words(event.before.get(name)) if event.before else "",
            in_words(event.after.get(name)) if event.after else "",
        )
        for name in names
        if event.before.get(name) != event.after.get(name)
        and (name in event.before or name not in ("name", "label"))
    ]


def in_words(value: Any) -> str:
    """A stored value for reading: instants in UTC, lists joined, nothing as "not set"."""
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(in_words(item) for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{one_line(name)}: {in_words(item)}" for name, item in value.items())
    if isinstance(value, str) and value.endswith("Z") and value[:4].isdigit():
        return _instant(value)
    if isinstance(value, str) and CODE.fullmatch(value):
        return value.replace("_", " ")
    return one_line(str(value))


def _instant(text: str) -> str:
    try:
        return in_utc(datetime.fromisoformat(text.removesuffix("Z") + "+00:00"))
    except ValueError:
        return text

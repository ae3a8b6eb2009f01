"""Every column that holds text: what people write, and why nobody writes the others. A test compares the tables.

A column that people write is painted with hostile text (`tests.support.painting`) and met on every page. A "line" fits
a box of one line, "prose" any length, "nested" are the texts within JSON, "address" an e-mail address.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from portal.models import Base

WRITTEN = {
    "line": (
        "announcements.title authorships.printed_name conflicts.named criteria.label directions.title "
        "faq_entries.question files.name key_dates.label mentors.name mentors.organisation mentors.position "
        "mentors.city mentors.area papers.title papers.url passkeys.name people.name person_variants.name "
        "referees.name referees.relation rounds.name rounds.place sign_ins.agent streams.name "
        "submissions.applicant_name topics.name users.name work_test_hand_ins.title work_tests.title"
    ),
    "prose": (
        "announcements.body answers.text conflicts.lifted_reason conflicts.reason criteria.help decisions.reason "
        "directions.body directions.source directions.summary enquiries.answer enquiries.text extensions.reason "
        "factor_resets.reason faq_entries.answer key_dates.note late_drafts.extension_reason mentors.bio "
        "mentors.source papers.summary papers.url_source question_wordings.help question_wordings.prompt "
        "questions.help questions.prompt referees.note reviews.comment rounds.summary streams.steps streams.text "
        "topics.description work_test_attempts.text work_test_hand_ins.brief work_test_hand_ins.text work_tests.brief"
    ),
    "nested": (
        "late_drafts.content question_wordings.options questions.options referees.answers section_answers.answers "
        "submissions.content"
    ),
    "address": "invitations.email outbox.recipient referees.email users.email",
}

# The log of what happened keeps its rows: painting adds rows of its own to it (`painting.log`).
LOGGED = "audit_events.reason audit_events.before audit_events.after"

# Letters are written anew from hostile words, each kind of them, by the tests themselves.
MAILED = "outbox.subject outbox.text outbox.html outbox.last_error"

NOT_WRITTEN = {
    "made of the portal's own letters, or limited to a-z, 0-9 and hyphens": (
        "audit_events.action audit_events.request_id audit_events.subject_type criteria.slug directions.slug "
        "faq_entries.slug files.key files.media_type files.ref late_drafts.action mentors.slug outbox.dedupe_key "
        "outbox.kind outbox.message_id outbox.unsubscribe_url papers.slug people.slug rounds.slug section_answers.page "
        "section_answers.section stream_applications.page streams.slug submissions.number submissions.signature "
        "topics.slug erasures.file_keys"
    ),
    "chosen from a list that the portal checks": (
        "faq_entries.audience passkeys.transports survey_answers.answer survey_answers.question users.declined_mail "
        "users.time_zone"
    ),
    "a secret or a digest, shown to nobody or as hexadecimal digits": (
        "audit_events.digest audit_events.previous audit_events.seals authenticators.secret directions.seed_digest "
        "faq_entries.seed_digest files.sha256 invitations.token_digest mentors.seed_digest papers.seed_digest "
        "passkeys.credential_id passkeys.user_handle people.seed_digest recovery_codes.digest referees.reminder_digest "
        "referees.token_digest sign_ins.token_digest signing_keys.fingerprint signing_keys.public_key "
        "submissions.digest submissions.idempotency_key submissions.salt tallies.key topics.seed_digest "
        "users.fs_uniquifier users.password users.reset_digest"
    ),
    "repeats another column in the form in which it is compared or searched": (
        "invitations.email_key papers.search_text referees.email_key submissions.search_text users.email_key"
    ),
}


def kind_of(column: str) -> str:
    """ "line", "prose", "nested", "address"; "" for a column that nobody paints."""
    return next((kind for kind, columns in WRITTEN.items() if column in columns.split()), "")


def columns_of_text() -> Iterator[str]:
    """Each column that can hold words, as table.column; those with a list of values in the schema cannot."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, sa.JSON) or (
                isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
            ):
                yield f"{table.name}.{column.name}"


def classified() -> list[str]:
    """Every column that this file names, as often as it does."""
    named = [*WRITTEN.values(), LOGGED, MAILED, *NOT_WRITTEN.values()]
    return [column for columns in named for column in columns.split()]

"""Every table and column of the portal, and how it stands to a person's export and erasure.

A new column belongs here, or a test is red. docs/decisions/privacy.md repeats what is withheld; a test reads that too.
"""

from portal.domain.privacy import (
    ERASED_ADDRESS,
    ERASED_NAME,
    FORGOTTEN_NAME,
    Holding,
    Impersonal,
    Scope,
)

SECRET = "a secret that lets somebody in, or the means to check one"
AGAIN = "repeats another column in the form in which it is compared or searched"
OTHERS = "points at another person"
OPINION = "what readers think, given to the programme in confidence; ask the programme for it"
MACHINERY = "how the portal does its work; says nothing about you"

ACCOUNT, APPLICATION = Scope.ACCOUNT, Scope.APPLICATION

HOLDINGS = (
    # -- the account
    Holding(
        "users",
        ACCOUNT,
        given="id email name active is_admin time_zone confirmed_at consented_at created_at closed_at erased_at "
        "digest_sent_at declined_mail",
        withheld={SECRET: "password fs_uniquifier reset_digest", AGAIN: "email_key"},
        kept=True,
        blank={
            "email": ERASED_ADDRESS,
            "email_key": ERASED_ADDRESS,
            "name": ERASED_NAME,
            "password": None,
            "active": False,
            "is_admin": False,
            "time_zone": "UTC",
            "fs_uniquifier": "erased-{id}",
            "confirmed_at": None,
            "consented_at": None,
            "digest_sent_at": None,
            "declined_mail": [],
            "reset_digest": None,
        },
        stays="id created_at closed_at erased_at",
    ),
    Holding(
        "sign_ins",
        ACCOUNT,
        given="id user_id created_at seen_at ended_at second_factor_at agent",
        withheld={SECRET: "token_digest"},
    ),
    Holding(
        "seen_as",
        ACCOUNT,
        given="user_id began_at",
        withheld={OTHERS: "sign_in_id"},
    ),
    Holding(
        "authenticators",
        ACCOUNT,
        given="user_id added_at",
        withheld={SECRET: "secret last_counter"},
    ),
    Holding(
        "passkeys",
        ACCOUNT,
        given="id user_id name transports added_at used_at",
        withheld={SECRET: "credential_id user_handle public_key sign_count challenge_at"},
    ),
    Holding("recovery_codes", ACCOUNT, given="id user_id used_at", withheld={SECRET: "digest"}),
    Holding(
        "factor_resets",
        ACCOUNT,
        given="id user_id asked_at approved decided_at",
        withheld={OTHERS: "asked_by_id decided_by_id", OPINION: "reason"},
    ),
    Holding(
        "invitations",
        ACCOUNT,
        given="id email is_admin stream_id role created_at expires_at accepted_at withdrawn_at",
        withheld={SECRET: "token_digest", AGAIN: "email_key", OTHERS: "invited_by_id mentor_id"},
    ),
    Holding("stream_members", ACCOUNT, given="id stream_id user_id role added_at totals_opened_at"),
    Holding(
        "mentors",
        ACCOUNT,
        given="id slug name person_id user_id organisation position city area bio source version edited_at",
        withheld={MACHINERY: "seed_digest"},
        kept=True,
        blank={"user_id": None},
        stays="id slug name person_id organisation position city area bio source version seed_digest edited_at",
    ),
    Holding(
        "erasures",
        ACCOUNT,
        withheld={MACHINERY: "id user_id asked_by_id erased_at file_keys finished_at"},
        kept=True,
        stays="id user_id asked_by_id erased_at file_keys finished_at",
    ),
    Holding(
        "audit_events",
        ACCOUNT,
        given="id at action subject_type subject_id round_id reason before after",
        withheld={MACHINERY: "actor_id request_id position previous digest seals"},
        kept=True,
        blank={"reason": "", "before": {}, "after": {}},
        stays="id at actor_id action subject_type subject_id round_id request_id position previous digest seals",
    ),
    Holding(
        "outbox",
        ACCOUNT,
        given="id user_id kind recipient subject text created_at sent_at",
        withheld={
            MACHINERY: "message_id dedupe_key unsubscribe_url expires_at next_try_at attempts last_error failed_at",
            AGAIN: "html",
        },
        kept=True,
        blank={
            "recipient": "",
            "subject": "",
            "text": "",
            "html": "",
            "unsubscribe_url": "",
            "last_error": "",
        },
        stays="id message_id dedupe_key kind user_id expires_at created_at next_try_at attempts sent_at failed_at",
    ),
    # -- one application
    Holding(
        "applications",
        APPLICATION,
        given="id round_id user_id state created_at saved_at submitted_at withdrawn_at forgotten_at person_id "
        "current_submission_id",
        kept=True,
        blank={"person_id": None},
        stays="id round_id user_id state created_at saved_at submitted_at withdrawn_at forgotten_at "
        "current_submission_id",
    ),
    Holding(
        "section_answers",
        APPLICATION,
        given="id application_id section answers version saved_at",
        withheld={MACHINERY: "page turn"},
    ),
    Holding("choices", APPLICATION, given="id application_id offering_id rank"),
    Holding(
        "stream_applications",
        APPLICATION,
        given="id application_id stream_id submission_id best_rank first_received_at words version saved_at",
        withheld={OPINION: "reads score_mean", MACHINERY: "code page turn"},
        kept=True,
        blank={"page": ""},
        stays="id application_id stream_id submission_id best_rank first_received_at words reads score_mean code "
        "version saved_at turn",
    ),
    Holding(
        "answers", APPLICATION, given="id stream_application_id question_id text question_version"
    ),
    Holding(
        "submissions",
        APPLICATION,
        given="id application_id number received_at recorded_at arrival applicant_name content salt digest "
        "signature signing_key_id",
        withheld={MACHINERY: "idempotency_key", AGAIN: "search_text"},
        kept=True,
        blank={
            "idempotency_key": "forgotten-{id}",
            "applicant_name": FORGOTTEN_NAME,
            "search_text": "",
            "content": "",
            "salt": "",
        },
        stays="id application_id number received_at recorded_at arrival digest signature signing_key_id",
    ),
    Holding(
        "submission_choices",
        APPLICATION,
        given="submission_id rank offering_id stream_id",
        kept=True,
        stays="submission_id rank offering_id stream_id",
    ),
    Holding("submission_files", APPLICATION, given="submission_id file_id"),
    Holding(
        "files",
        APPLICATION,
        given="id ref user_id round_id name media_type size sha256 pages created_at",
        withheld={MACHINERY: "key"},
    ),
    Holding(
        "late_drafts",
        APPLICATION,
        given="id round_id user_id stream_id action content received_at closed_at extension_asked_at "
        "extension_reason settled_at",
    ),
    Holding(
        "enquiries",
        APPLICATION,
        given="id round_id user_id text asked_at answer answered_at",
        withheld={OTHERS: "answered_by_id"},
    ),
    Holding(
        "extensions",
        APPLICATION,
        given="id round_id user_id stream_id closes_at granted_at",
        withheld={OTHERS: "granted_by_id", OPINION: "reason"},
        kept=True,
        blank={"reason": ""},
        stays="id round_id user_id stream_id closes_at granted_by_id granted_at",
    ),
    Holding(
        "conflicts",
        APPLICATION,
        given="id round_id named origin reason declared_at lifted_at",
        withheld={
            OTHERS: "applicant_id reader_id mentor_id declared_by_id lifted_by_id",
            OPINION: "lifted_reason",
        },
    ),
    Holding(
        "referees",
        APPLICATION,
        given="id application_id name email relation note version shown letters created_at asked_at reminded_at "
        "withdrawn_at saved_at received_at declined_at arrival let_in_at answers",
        withheld={
            SECRET: "token_digest reminder_digest",
            AGAIN: "email_key",
            MACHINERY: "saves",
        },
    ),
    Holding(
        "work_test_attempts",
        APPLICATION,
        given="id stream_application_id work_test_id started_at text file_id version saved_at",
    ),
    Holding(
        "work_test_hand_ins",
        APPLICATION,
        given="id attempt_id title brief test_version text file_id closes_at received_at recorded_at arrival",
    ),
    Holding("survey_answers", APPLICATION, given="id application_id question answer"),
    Holding(
        "reviews",
        APPLICATION,
        withheld={
            OPINION: "id stream_application_id stream_id reader_id submission_id state recommendation comment "
            "version created_at saved_at submitted_at"
        },
        kept=True,
        blank={"comment": ""},
        stays="id stream_application_id stream_id reader_id submission_id state recommendation version created_at "
        "saved_at submitted_at",
    ),
    Holding(
        "scores",
        APPLICATION,
        withheld={OPINION: "review_id criterion_id value"},
        kept=True,
        stays="review_id criterion_id value",
    ),
    Holding(
        "decisions",
        APPLICATION,
        given="id stream_application_id outcome reason decided_at version",
        withheld={OPINION: "rank", OTHERS: "decided_by_id"},
        kept=True,
        blank={"reason": ""},
        stays="id stream_application_id outcome rank decided_by_id decided_at version",
    ),
)

PROGRAMME = "what the programme publishes or sets; an author is named by an account's id only"
PUBLIC = "people of the public record: authors of papers and where they wrote, from public sources"

IMPERSONAL = (
    Impersonal("announcements", "id round_id title body author_id published_at", PROGRAMME),
    Impersonal("authorships", "id paper_id person_id position printed_name is_fellow", PUBLIC),
    Impersonal("criteria", "id round_id slug label help position", PROGRAMME),
    Impersonal("direction_mentors", "direction_id mentor_id position", PROGRAMME),
    Impersonal("direction_papers", "direction_id paper_id position", PROGRAMME),
    Impersonal("direction_topics", "direction_id topic_id", PROGRAMME),
    Impersonal(
        "directions",
        "id slug title summary body origin source position version seed_digest edited_at",
        PROGRAMME,
    ),
    Impersonal(
        "faq_entries",
        "id slug question answer audience position version seed_digest edited_at",
        PROGRAMME,
    ),
    Impersonal("key_dates", "id round_id at label note", PROGRAMME),
    Impersonal("offerings", "id stream_id round_id direction_id position", PROGRAMME),
    Impersonal("paper_topics", "paper_id topic_id", PROGRAMME),
    Impersonal(
        "papers",
        "id slug title summary date url url_source featured search_text version seed_digest edited_at",
        PUBLIC,
    ),
    Impersonal("people", "id slug name seed_digest edited_at", PUBLIC),
    Impersonal("person_variants", "id person_id name", PUBLIC),
    Impersonal(
        "question_wordings",
        "id question_id version prompt help options word_limit replaced_at",
        PROGRAMME,
    ),
    Impersonal(
        "questions",
        "id stream_id position kind prompt help required word_limit minutes options version retired_at",
        PROGRAMME,
    ),
    Impersonal(
        "rounds",
        "id slug name summary place published_at opens_at closes_at release_at released_at archived_at "
        "grace_seconds max_choices max_referees references_due_at references_shown anonymised is_demo created_at "
        "version",
        PROGRAMME,
    ),
    Impersonal("signing_keys", "id fingerprint public_key created_at", PROGRAMME),
    Impersonal("stream_mentors", "stream_id mentor_id is_primary position", PROGRAMME),
    Impersonal("streams", "id round_id slug name text steps places closes_at version", PROGRAMME),
    Impersonal("tallies", "key tries ends_at", MACHINERY),
    Impersonal("topics", "id slug name description version seed_digest edited_at", PROGRAMME),
    Impersonal(
        "work_tests",
        "id stream_id title brief hand_in required hours minutes due_at version retired_at",
        PROGRAMME,
    ),
)


def holding(table: str) -> Holding:
    return next(each for each in HOLDINGS if each.table == table)

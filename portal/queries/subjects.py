"""Which rows of which table are about one person, or about applications that are to be forgotten.

`domain.holdings` says what a column is to a person; this says whose a row is. Both are asked by the export, by the
erasure and by the rule that nothing is left of it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.domain.accounts import email_key
from portal.domain.holdings import HOLDINGS
from portal.domain.privacy import Holding, Scope
from portal.domain.rounds import Arrival
from portal.models import Application, Base, StoredFile, StreamMember, User

Condition = sa.ColumnElement[bool]
# Actions whose texts are the filters that somebody set.
SEARCHES = (
    "applications.listed", "applications.exported", "people.listed", "audit.read", "audit.exported",
)  # fmt: skip
SHORT = 2  # letters of a word that say nothing


@dataclass(frozen=True)
class Subject:
    """A person with all of their applications, or (without `user_id`) applications alone.

    `applications` are (id, round, owner). Of staff, texts about what they did to others stay in the audit log.
    """

    user_id: int | None
    email: str
    applications: Sequence[tuple[int, int, int]]
    is_staff: bool = False
    name: str = ""

    @property
    def application_ids(self) -> list[int]:
        return [row[0] for row in self.applications]

    def covers(self, holding: Holding) -> bool:
        """Whether this table has rows to forget with it."""
        return self.user_id is not None or holding.scope is Scope.APPLICATION


def person(session: Session, user_id: int) -> Subject | None:
    """Somebody with all that is theirs; None where there is no such account."""
    user = session.get(User, user_id)
    if user is None:
        return None
    rows = session.execute(
        sa.select(Application.id, Application.round_id, Application.user_id)
        .where(Application.user_id == user_id)
        .order_by(Application.id)
    )
    member = session.scalar(
        sa.select(StreamMember.id).where(StreamMember.user_id == user_id).limit(1)
    )
    applications = [(row.id, row.round_id, row.user_id) for row in rows]
    is_staff = user.is_admin or member is not None
    return Subject(user_id, user.email, applications, is_staff, user.name)


def find(session: Session, address: str) -> int | None:
    """The account of an address, in any way people write it."""
    return session.scalar(sa.select(User.id).where(User.email_key == email_key(address)))


def key_of(session: Session, ref: str) -> str | None:
    """What the storage calls a file."""
    return session.scalar(sa.select(StoredFile.key).where(StoredFile.ref == ref))


# -- whose a row is --------------------------------------------------------------------------------


def rows_of(table: sa.Table, subject: Subject) -> Condition:
    """The condition under which a row of this table is the subject's. Raises KeyError for a table without a rule."""
    return _RULES[table.name](table.c, subject)


def table_of(name: str) -> sa.Table:
    return Base.metadata.tables[name]


Columns = Any
_RULES: dict[str, Callable[[Columns, Subject], Condition]] = {}


def _rule(
    *names: str,
) -> Callable[[Callable[[Columns, Subject], Condition]], Callable[[Columns, Subject], Condition]]:
    def register(
        rule: Callable[[Columns, Subject], Condition],
    ) -> Callable[[Columns, Subject], Condition]:
        _RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


@_rule("users")
def _is_theirs(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.id == subject.user_id)


@_rule(
    "sign_ins", "authenticators", "passkeys", "recovery_codes", "factor_resets", "stream_members",
    "mentors", "erasures", "seen_as",
)  # fmt: skip
def _of_account(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.user_id == subject.user_id)


@_rule("late_drafts", "files", "enquiries", "extensions")
def _of_person_in_round(columns: Columns, subject: Subject) -> Condition:
    return _in_rounds(columns.round_id, columns.user_id, subject)


@_rule("conflicts")
def _about_or_by(columns: Columns, subject: Subject) -> Condition:
    about = _in_rounds(columns.round_id, columns.applicant_id, subject)
    if subject.user_id is None:
        return about
    return sa.or_(about, columns.reader_id == subject.user_id)


def _in_rounds(round_id: Any, user_id: Any, subject: Subject) -> Condition:
    if subject.user_id is not None:
        return sa.and_(user_id == subject.user_id)
    pairs = [sa.and_(round_id == r, user_id == u) for _, r, u in subject.applications]
    return sa.or_(sa.false(), *pairs)


@_rule("invitations")
def _to_address(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.email_key == email_key(subject.email))


@_rule("applications")
def _is_application(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.id.in_(subject.application_ids))


@_rule(
    "section_answers", "choices", "stream_applications", "submissions", "referees", "survey_answers"
)
def _of_application(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.application_id.in_(subject.application_ids))


@_rule("answers", "work_test_attempts", "reviews", "decisions")
def _of_stream_application(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.stream_application_id.in_(_ids("stream_applications", subject)))


@_rule("submission_choices", "submission_files")
def _of_submission(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.submission_id.in_(_ids("submissions", subject)))


@_rule("work_test_hand_ins")
def _of_attempt(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.attempt_id.in_(_ids("work_test_attempts", subject)))


@_rule("scores")
def _of_review(columns: Columns, subject: Subject) -> Condition:
    return sa.and_(columns.review_id.in_(_ids("reviews", subject)))


@_rule("outbox")
def _of_letters(columns: Columns, subject: Subject) -> Condition:
    """Letters to the person, by account and by address, and those to their referees, which name them."""
    to_referees = _letters_about(columns, _ids("referees", subject))
    if subject.user_id is None:
        return to_referees
    return sa.or_(
        columns.user_id == subject.user_id,
        sa.func.lower(columns.recipient) == subject.email.lower(),
        columns.text.contains(subject.email, autoescape=True),
        to_referees,
    )


def _letters_about(columns: Columns, referees: sa.Select[Any]) -> Condition:
    """Letters whose key is `reference-...:<referee>`, or goes on behind that."""
    table = table_of("referees")
    key = sa.literal("reference-%:", sa.String).concat(sa.cast(table.c.id, sa.String))
    hit = sa.or_(columns.dedupe_key.like(key), columns.dedupe_key.like(key.concat(":%")))
    named = sa.exists().where(table.c.id.in_(referees), hit)
    return sa.and_(columns.dedupe_key.startswith("reference-"), named)


@_rule("audit_events")
def _of_events(columns: Columns, subject: Subject) -> Condition:
    """Events about what is theirs, all they did themselves unless they are staff, and what names their address."""
    about = _events_about(columns, subject)
    if subject.user_id is None:
        return about
    named = [columns.reason.contains(subject.email, autoescape=True)]
    named += [_holds(column, subject.email) for column in (columns.before, columns.after)]
    mine = sa.or_(*named, about, _searched(columns, subject))
    return mine if subject.is_staff else sa.or_(mine, columns.actor_id == subject.user_id)


def _holds(column: Any, text: str) -> Condition:
    """Whether a JSON column holds this text as it stands, the way JSON writes it."""
    return sa.cast(column, sa.Text).contains(json.dumps(text)[1:-1], autoescape=True)


def _searched(columns: Columns, subject: Subject) -> Condition:
    """Reads of lists that were filtered by a word of the person's name: the log keeps what was searched for."""
    words = [word for word in subject.name.split() if len(word) > SHORT]
    spelled = {way for word in words for way in (word, word.lower(), word.upper(), word.title())}
    hit = sa.or_(sa.false(), *(_holds(columns.after, word) for word in sorted(spelled)))
    return sa.and_(columns.action.in_(SEARCHES), hit)


def _events_about(columns: Columns, subject: Subject) -> Condition:
    """Events whose subject is something of theirs."""
    kinds = {
        "application": "applications",
        "stream_application": "stream_applications",
        "referee": "referees",
        "enquiry": "enquiries",
        "late_draft": "late_drafts",
    }
    if subject.user_id is not None:
        kinds |= {"sign_in": "sign_ins", "invitation": "invitations"}
    about = [
        sa.and_(columns.subject_type == kind, columns.subject_id.in_(_ids(name, subject)))
        for kind, name in kinds.items()
    ]
    if subject.user_id is not None:
        about.append(sa.and_(columns.subject_type == "user", columns.subject_id == subject.user_id))
    return sa.or_(*about)


def _ids(name: str, subject: Subject) -> sa.Select[Any]:
    table = table_of(name)
    return sa.select(table.c.id).where(rows_of(table, subject))


# -- what is left of a row -------------------------------------------------------------------------


def emptied(table: sa.Table, holding: Holding) -> dict[str, Any]:
    """What the columns of a row that is kept hold after an erasure; `{id}` is the row's own id."""
    return {name: _value(table, value) for name, value in holding.blank.items()}


def _value(table: sa.Table, value: Any) -> Any:
    if not isinstance(value, str) or "{id}" not in value:
        return value
    before, after = value.split("{id}")
    number = sa.cast(table.c.id, sa.String)
    return sa.literal(before, sa.String).concat(number).concat(sa.literal(after, sa.String))


def left_over(session: Session, holding: Holding, subject: Subject) -> list[int]:
    """Rows of this table that an erasure of the subject should have deleted, or emptied, and did not."""
    table = table_of(holding.table)
    key = table.primary_key.columns[0]
    query = sa.select(key).where(rows_of(table, subject)).order_by(key)
    if holding.kept:
        told = [
            _plain(table.c[name]).is_distinct_from(_plain_value(value))
            for name, value in emptied(table, holding).items()
        ]
        query = query.where(sa.or_(sa.false(), *told))
    return list(session.scalars(query))


def _plain(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """JSON as text: PostgreSQL compares no JSON."""
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column


def _plain_value(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


# -- what an export holds --------------------------------------------------------------------------


def exported(session: Session, subject: Subject, now: datetime) -> Iterator[tuple[str, list[Any]]]:
    """Each table with the rows that are given out, as dictionaries of the columns that are."""
    for holding in HOLDINGS:
        if not holding.given:
            continue
        table = table_of(holding.table)
        condition = sa.and_(rows_of(table, subject), *_limits(table, subject, now))
        columns = [table.c[name] for name in holding.exported]
        query = sa.select(*columns).where(condition).order_by(*table.primary_key.columns)
        rows = [dict(row) for row in session.execute(query).mappings()]
        yield holding.table, [_own_view(holding.table, row) for row in rows]


def _limits(table: sa.Table, subject: Subject, now: datetime) -> Iterator[Condition]:
    """What one does not see yet, or what others wrote about one in confidence, is not given out either."""
    match table.name:
        case "decisions":
            rounds, parts, whole = (
                table_of(name) for name in ("rounds", "stream_applications", "applications")
            )
            yield table.c.stream_application_id.in_(
                sa.select(parts.c.id)
                .join(whole, whole.c.id == parts.c.application_id)
                .join(rounds, rounds.c.id == whole.c.round_id)
                .where(rounds.c.released_at <= now)
            )
        case "conflicts":
            yield table.c.declared_by_id == subject.user_id
        case "audit_events":
            yield table.c.actor_id == subject.user_id
        case "outbox":
            yield sa.and_(table.c.user_id == subject.user_id, table.c.sent_at.is_not(None))


def _own_view(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A reference is given out where its writer was told so, as on the applicant's own page."""
    if table == "referees":
        late = row["arrival"] == Arrival.LATE and row["let_in_at"] is None
        if not (row["shown"] and row["received_at"]) or late:
            row["answers"] = {}
    return row

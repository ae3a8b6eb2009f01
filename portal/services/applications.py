"""Starting, writing, ranking, withdrawing: what an applicant does to a working copy before and after submitting it.

Every verb takes `received_at`, the instant its request arrived, locks the applicant's row (one person's writes queue
behind each other), and answers what became of it. A refusal for lateness keeps what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.domain.applications import (
    DIRECTIONS,
    SECTION_BY_SLUG,
    ApplicationState,
    Ranking,
    may_choose,
    question_field,
    with_added,
)
from portal.domain.rounds import may_withdraw
from portal.domain.verdict import Allowed, Refused
from portal.models import Answer, Application, Choice, SectionAnswers, StreamApplication, User
from portal.queries import applications as dossiers
from portal.queries.applications import Dossier, stream_fields
from portal.services import audit, late_drafts, outbox
from portal.services.late_drafts import Late
from portal.services.work import locked, writing


@dataclass(frozen=True)
class Saved:
    """The section now stands at this version."""

    version: int


@dataclass(frozen=True)
class Stale:
    """Somebody, perhaps the same person in another tab, saved the section in between. Nothing was written.

    `answers` is what stands now (for the directions: `ranked`), `version` what a save over it must name.
    """

    version: int
    saved_at: datetime | None
    answers: Mapping[str, str]
    ranked: Ranking = ()

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Started:
    application_id: int


@dataclass(frozen=True)
class Mail:
    """What the letters of this part need from outside the database."""

    programme: str
    base_url: str
    contact: str


def start(
    user_id: int, round_id: int, direction_slug: str | None, *, received_at: datetime
) -> Started | Refused | Late:
    """Start an application, or go on with the one there is; add a direction to it if one is named."""
    with writing() as session:
        dossier = _open(session, user_id, round_id)
        offering = dossier.offering_of(direction_slug) if direction_slug else None
        adds = offering is not None and offering.id not in dossier.ranked
        deadline = dossier.deadline_of(offering.stream) if offering and adds else dossier.general()
        content = {"direction": offering.direction.title} if offering else {}
        verdict = late_drafts.judge(
            session, dossier, user_id, deadline, received_at, "start", content,
            offering.stream_id if offering and adds else None,
        )  # fmt: skip
        if not isinstance(verdict, Allowed):
            return verdict
        application = _begun(session, dossier, user_id, received_at)
        if offering is not None and adds:
            ranking = with_added(dossier.ranked, offering.id)
            allowed = may_choose(ranking, dossier.round.max_choices)
            if isinstance(allowed, Refused):
                return allowed
            _rank(session, dossier, application, ranking, user_id, received_at)
        return Started(application.id)


def save_section(
    user_id: int,
    round_id: int,
    slug: str,
    answers: Mapping[str, str],
    version: int,
    *,
    received_at: datetime,
) -> Saved | Stale | Refused | Late:
    """Save one section of the working copy, however incomplete. `slug` names a general section or a stream's.

    `version` is the one the form was made from. Raises LookupError for a section that this round does not have.
    """
    with writing() as session:
        dossier = _open(session, user_id, round_id)
        stream = dossier.stream_of_section(slug)
        names = _field_names(dossier, slug)
        given = {name: clean(answers.get(name, "")) for name in names}
        verdict = late_drafts.judge(
            session, dossier, user_id, dossier.section_deadline(slug), received_at, slug, given,
            stream.id if stream else None,
        )  # fmt: skip
        if not isinstance(verdict, Allowed):
            return verdict
        current, now_at = dossier.answers(slug) or {}, dossier.version(slug)
        if {k: v for k, v in current.items() if k in given} == given:
            return Saved(now_at)  # a double click, or nothing to change
        if version != now_at:
            return Stale(now_at, dossier.saved_at(slug), current)
        application = _begun(session, dossier, user_id, received_at)
        if stream is not None:
            saved = _save_stream(session, dossier, application, stream.id, given, received_at)
        else:
            saved = _save_general(application, slug, given, received_at)
        _note_save(session, dossier, application, user_id, slug, saved, received_at)
        return Saved(saved)


def save_ranking(
    user_id: int, round_id: int, ranking: Sequence[int], version: int, *, received_at: datetime
) -> Saved | Stale | Refused | Late:
    """Save the ranked directions (offering ids, first wish first).

    Adding obeys the deadline of the stream that offers it; removing and reordering are open while any stream accepts.
    Answers to a removed direction's questions are kept. Raises LookupError for an offering of another round.
    """
    wanted: Ranking = tuple(dict.fromkeys(ranking))
    with writing() as session:
        dossier = _open(session, user_id, round_id)
        refused = _judge_ranking(session, dossier, user_id, wanted, received_at)
        if refused is not None:
            return refused
        now_at = dossier.version(DIRECTIONS)
        if wanted == dossier.ranked:
            return Saved(now_at)
        if version != now_at:
            return Stale(now_at, dossier.saved_at(DIRECTIONS), {}, dossier.ranked)
        allowed = may_choose(wanted, dossier.round.max_choices)
        if isinstance(allowed, Refused):
            return allowed
        application = _begun(session, dossier, user_id, received_at)
        return Saved(_rank(session, dossier, application, wanted, user_id, received_at))


def withdraw(
    user_id: int, round_id: int, mail: Mail, *, received_at: datetime
) -> Allowed | Refused:
    """Take a submitted application back. Possible until the release; withdrawn already is no error."""
    with writing() as session:
        dossier = _open(session, user_id, round_id)
        application = dossier.application
        if application is None or application.current_submission_id is None:
            return Refused(
                "There is nothing to withdraw.",
                "This application has not been submitted, so nobody reads it.",
                "You can leave it as it is.",
            )
        if application.state is ApplicationState.WITHDRAWN:
            return Allowed()
        verdict = may_withdraw(dossier.round, received_at)
        if isinstance(verdict, Refused):
            return verdict
        application.state = ApplicationState.WITHDRAWN
        application.withdrawn_at = received_at
        _record(session, dossier, application, user_id, "application.withdrawn", received_at)
        user = session.get_one(User, user_id)
        outbox.queue(
            session, "withdrawn", at=received_at, recipient=user.email, user_id=user_id,
            once=f"withdrawn:{application.id}:{received_at.isoformat()}",
            programme=mail.programme, base_url=mail.base_url, contact=mail.contact,
            round_name=dossier.round.name, round_slug=dossier.round.slug, withdrawn_at=received_at,
            restore_until=dossier.general().closes_at, time_zone=user.time_zone,
            can_restore=dossier.general().judge(received_at).accepted,
        )  # fmt: skip
        return Allowed()


def restore(user_id: int, round_id: int, *, received_at: datetime) -> Allowed | Refused | Late:
    """Undo a withdrawal: what was submitted counts again. Possible until the deadline."""
    with writing() as session:
        dossier = _open(session, user_id, round_id)
        verdict = late_drafts.judge(
            session, dossier, user_id, dossier.general(), received_at, "restore", {}
        )
        if not isinstance(verdict, Allowed):
            return verdict
        application = dossier.application
        if application is None or application.state is not ApplicationState.WITHDRAWN:
            return Allowed()
        application.state = ApplicationState.SUBMITTED
        application.withdrawn_at = None
        _record(session, dossier, application, user_id, "application.restored", received_at)
        return Allowed()


def clean(text: str) -> str:
    """A text as it is kept: one kind of line end, no NUL (databases refuse it), no space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


# -- helpers of a transaction that is open already ------------------------------------------------


def _open(session: Session, user_id: int, round_id: int) -> Dossier:
    """Queue behind this person's other writes, then see what stands now."""
    if locked(session, User, user_id) is None:
        raise LookupError(f"no user {user_id}")
    return dossiers.of(user_id, round_id)


def _begun(session: Session, dossier: Dossier, user_id: int, at: datetime) -> Application:
    if dossier.application is not None:
        return dossier.application
    application = Application(
        round_id=dossier.round.id, user_id=user_id, created_at=at, saved_at=at
    )
    session.add(application)
    session.flush()
    _record(session, dossier, application, user_id, "application.started", at)
    return application


def _field_names(dossier: Dossier, slug: str) -> list[str]:
    if slug in SECTION_BY_SLUG:
        return [field.name for field in SECTION_BY_SLUG[slug].fields]
    stream = dossier.stream_of_section(slug)
    if stream is None:
        raise LookupError(f"no section {slug!r}")
    return [field.name for field in stream_fields(stream)]


def _save_general(
    application: Application, slug: str, given: Mapping[str, str], at: datetime
) -> int:
    row = next((each for each in application.sections if each.section == slug), None)
    if row is None:
        application.sections.append(
            SectionAnswers(section=slug, answers=dict(given), version=1, saved_at=at)
        )
        return 1
    row.answers, row.version, row.saved_at = dict(given), row.version + 1, at
    return row.version


def _save_stream(
    session: Session,
    dossier: Dossier,
    application: Application,
    stream_id: int,
    given: Mapping[str, str],
    at: datetime,
) -> int:
    row = stream_application(session, application, stream_id, at)
    row.version, row.saved_at = row.version + 1, at
    kept = {answer.question_id: answer for answer in row.answers}
    for question in dossier.stream(stream_id).questions:
        text = given.get(question_field(question.id))
        if text is None:
            continue  # a retired question keeps the answer it was given
        if question.id in kept:
            kept[question.id].text = text
        else:
            row.answers.append(Answer(question_id=question.id, text=text))
    return row.version


def stream_application(
    session: Session, application: Application, stream_id: int, at: datetime
) -> StreamApplication:
    """The row by which a stream meets this application, made when it is first needed."""
    for row in application.stream_applications:
        if row.stream_id == stream_id:
            return row
    row = StreamApplication(stream_id=stream_id, version=0, saved_at=at)
    application.stream_applications.append(row)
    session.flush()
    return row


def _judge_ranking(
    session: Session, dossier: Dossier, user_id: int, wanted: Ranking, received_at: datetime
) -> Refused | Late | None:
    """None when the change may be made: each added direction by its stream's deadline, the rest by the general one."""
    offerings = [dossier.offering(offering_id) for offering_id in wanted]
    if None in offerings:
        raise LookupError("an offering of another round")
    content = {"ranked": [offering.direction.title for offering in offerings if offering]}
    added = [o.stream for o in offerings if o is not None and o.id not in dossier.ranked]
    judged = [(dossier.general(), None), *((dossier.deadline_of(s), s.id) for s in added)]
    for deadline, stream_id in judged:
        verdict = late_drafts.judge(
            session, dossier, user_id, deadline, received_at, DIRECTIONS, content, stream_id
        )
        if not isinstance(verdict, Allowed):
            return verdict
    return None


def _rank(
    session: Session,
    dossier: Dossier,
    application: Application,
    ranking: Ranking,
    user_id: int,
    at: datetime,
) -> int:
    """Write the whole ranking anew and count one more version of it."""
    before = list(dossier.ranked)
    application.choices.clear()
    session.flush()  # ranks are unique: the old rows go before the new ones come
    application.choices.extend(
        Choice(offering_id=offering_id, rank=rank) for rank, offering_id in enumerate(ranking, 1)
    )
    version = _save_general(application, DIRECTIONS, {}, at)
    application.saved_at = at
    _record(
        session, dossier, application, user_id, "application.ranked", at,
        before={"offerings": before}, after={"offerings": list(ranking), "version": version},
    )  # fmt: skip
    return version


def _note_save(
    session: Session,
    dossier: Dossier,
    application: Application,
    user_id: int,
    slug: str,
    version: int,
    at: datetime,
) -> None:
    """The audit log says that a section was saved, never what was written."""
    application.saved_at = at
    _record(
        session, dossier, application, user_id, "application.saved", at,
        after={"section": slug, "version": version},
    )  # fmt: skip


def _record(
    session: Session,
    dossier: Dossier,
    application: Application,
    user_id: int,
    action: str,
    at: datetime,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.record(
        session, action, at=at, actor_id=user_id, subject=("application", application.id),
        round_id=dossier.round.id, before=before, after=after,
    )  # fmt: skip

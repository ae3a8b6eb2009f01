"""Starting, writing, ranking, withdrawing: what an applicant does to a working copy before and after submitting it.

Every verb takes `received_at`, the instant its request arrived, locks the applicant's row (one person's writes queue
behind each other), and answers what became of it. A refusal for lateness keeps what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.applications import (
    DIRECTIONS,
    SECTION_BY_SLUG,
    ApplicationState,
    Ranking,
    may_choose,
    question_field,
    with_added,
)
from portal.domain.rounds import Arrival, may_withdraw
from portal.domain.verdict import ALLOWED, Allowed, Refused
from portal.models import Answer, Application, Choice, SectionAnswers, Stream
from portal.queries.applications import Dossier, stream_fields
from portal.services import outbox
from portal.services.desk import Desk, Late, begun, judge, open_desk, record, stream_application
from portal.services.work import writing


@dataclass(frozen=True)
class Saved:
    """The section now stands at this version."""

    version: int


@dataclass(frozen=True)
class StaleSection:
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
        desk = open_desk(session, user_id, round_id, received_at)
        dossier = desk.dossier
        named = dossier.offering_of(direction_slug) if direction_slug else None
        added = named if named and named.id not in dossier.ranked else None
        deadline = dossier.deadline_of(added.stream) if added else dossier.general()
        content = {"offerings": [named.id], "ranked": [named.direction.title]} if named else {}
        arrival = judge(desk, deadline, "start", content, added.stream if added else None)
        if not isinstance(arrival, Arrival):
            return arrival
        ranking = with_added(dossier.ranked, added.id) if added else dossier.ranked
        allowed = may_choose(ranking, dossier.round.max_choices)
        if isinstance(allowed, Refused):
            return allowed
        application = begun(desk, arrival)
        if added:
            put_ranking(desk, application, ranking, arrival)
        return Started(application.id)


def save_section(
    user_id: int,
    round_id: int,
    slug: str,
    answers: Mapping[str, str],
    version: int,
    *,
    received_at: datetime,
) -> Saved | StaleSection | Refused | Late:
    """Save one section of the working copy, however incomplete. `slug` names a general section or a stream's.

    `version` is the one the form was made from. Raises LookupError for a section that this round does not have.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        dossier, stream = desk.dossier, desk.dossier.stream_of_section(slug)
        given = {name: clean(answers.get(name, "")) for name in field_names(dossier, slug)}
        arrival = judge(desk, dossier.section_deadline(slug), slug, given, stream)
        if not isinstance(arrival, Arrival):
            return arrival
        current, stands = dossier.answers(slug) or {}, dossier.version(slug)
        if stands and {name: current.get(name, "") for name in given} == given:
            return Saved(stands)  # a double click, or nothing to change
        if version != stands:
            return StaleSection(stands, dossier.saved_at(slug), current)
        return Saved(put_answers(desk, begun(desk, arrival), slug, given, arrival))


def save_ranking(
    user_id: int, round_id: int, ranking: Sequence[int], version: int, *, received_at: datetime
) -> Saved | StaleSection | Refused | Late:
    """Save the ranked directions (offering ids, first wish first).

    Adding obeys the deadline of the stream that offers it; removing and reordering are open while any stream accepts.
    Answers to a removed direction's questions are kept. Raises LookupError for an offering of another round.
    """
    wanted: Ranking = tuple(dict.fromkeys(ranking))
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        dossier = desk.dossier
        arrival = _judge_ranking(desk, wanted)
        if not isinstance(arrival, Arrival):
            return arrival
        stands = dossier.version(DIRECTIONS)
        if wanted == dossier.ranked:
            return Saved(stands)
        if version != stands:
            return StaleSection(stands, dossier.saved_at(DIRECTIONS), {}, dossier.ranked)
        allowed = may_choose(wanted, dossier.round.max_choices)
        if isinstance(allowed, Refused):
            return allowed
        return Saved(put_ranking(desk, begun(desk, arrival), wanted, arrival))


def withdraw(
    user_id: int, round_id: int, mail: Mail, *, received_at: datetime
) -> Allowed | Refused:
    """Take a submitted application back. Possible until the release; withdrawn already is no error."""
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        application = desk.dossier.application
        if application is None or application.current_submission_id is None:
            return Refused(
                "There is nothing to withdraw.",
                "This application has not been submitted, so nobody reads it.",
                "You can leave it as it is.",
            )
        if application.state is ApplicationState.WITHDRAWN:
            return ALLOWED
        verdict = may_withdraw(desk.dossier.round, received_at)
        if isinstance(verdict, Refused):
            return verdict
        application.state = ApplicationState.WITHDRAWN
        application.withdrawn_at = received_at
        record(desk, "application.withdrawn", ("application", application.id))
        _tell_withdrawn(desk, application, mail)
        return ALLOWED


def _tell_withdrawn(desk: Desk, application: Application, mail: Mail) -> None:
    deadline, round_ = desk.dossier.general(), desk.dossier.round
    outbox.queue(
        desk.session,
        "withdrawn",
        at=desk.at,
        recipient=desk.user.email,
        user_id=desk.user.id,
        once=f"withdrawn:{application.id}:{desk.at.isoformat()}",
        programme=mail.programme,
        base_url=mail.base_url,
        contact=mail.contact,
        round_name=round_.name,
        round_slug=round_.slug,
        withdrawn_at=desk.at,
        restore_until=deadline.closes_at,
        can_restore=deadline.judge(desk.at).accepted,
        time_zone=desk.user.time_zone,
    )


def restore(user_id: int, round_id: int, *, received_at: datetime) -> Allowed | Refused | Late:
    """Undo a withdrawal: what was submitted counts again. Possible until the deadline."""
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        application = desk.dossier.application
        arrival = judge(desk, desk.dossier.general(), "restore", {})
        if not isinstance(arrival, Arrival):
            return arrival
        if application is None or application.state is not ApplicationState.WITHDRAWN:
            return ALLOWED
        application.state = ApplicationState.SUBMITTED
        application.withdrawn_at = None
        subject = ("application", application.id)
        record(desk, "application.restored", subject, arrival=arrival)
        return ALLOWED


def clean(text: str) -> str:
    """A text as it is kept: one kind of line end, no NUL (databases refuse it), no space around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


# -- what a transaction that is open already may write ---------------------------------------------


def field_names(dossier: Dossier, slug: str) -> list[str]:
    """The fields that a section asks now. Raises LookupError for a section that this round does not have."""
    if slug in SECTION_BY_SLUG:
        return [field.name for field in SECTION_BY_SLUG[slug].fields]
    stream = dossier.stream_of_section(slug)
    if stream is None:
        raise LookupError(f"no section {slug!r}")
    return [field.name for field in stream_fields(stream)]


def put_answers(
    desk: Desk, application: Application, slug: str, given: Mapping[str, str], arrival: Arrival
) -> int:
    """Write one section and answer its new version. The audit log says that it was saved, never what was written."""
    stream = desk.dossier.stream_of_section(slug)
    if stream is not None:
        version = _put_stream(desk, application, stream, given)
    else:
        version = _put_general(desk, application, slug, given)
    after = {"section": slug, "version": version}
    record(desk, "application.saved", ("application", application.id), after=after, arrival=arrival)
    return version


def _put_general(desk: Desk, application: Application, slug: str, given: Mapping[str, str]) -> int:
    application.saved_at = desk.at
    row = next((each for each in application.sections if each.section == slug), None)
    if row is None:
        application.sections.append(
            SectionAnswers(section=slug, answers=dict(given), version=1, saved_at=desk.at)
        )
        return 1
    row.answers, row.version, row.saved_at = dict(given), row.version + 1, desk.at
    return row.version


def _put_stream(
    desk: Desk, application: Application, stream: Stream, given: Mapping[str, str]
) -> int:
    application.saved_at = desk.at
    row = stream_application(desk, application, stream.id)
    row.version, row.saved_at = row.version + 1, desk.at
    kept = {answer.question_id: answer for answer in row.answers}
    for question in stream.questions:
        text = given.get(question_field(question.id))
        if text is None:
            continue  # a retired question keeps the answer it was given
        if question.id in kept:
            answer = kept[question.id]
            if (answer.text, answer.question_version) != (text, question.version):
                answer.text, answer.question_version = text, question.version
        else:
            row.answers.append(
                Answer(question_id=question.id, text=text, question_version=question.version)
            )
    return row.version


def _judge_ranking(desk: Desk, wanted: Ranking) -> Arrival | Refused | Late:
    """Each added direction by its stream's deadline, the rest by the general one; the tightest arrival counts."""
    dossier = desk.dossier
    offerings = [offering for each in wanted if (offering := dossier.offering(each))]
    if len(offerings) != len(wanted):
        raise LookupError("an offering of another round")
    content = {"offerings": list(wanted), "ranked": [o.direction.title for o in offerings]}
    arrivals = []
    added = {o.stream_id: o.stream for o in offerings if o.id not in dossier.ranked}
    for stream in (None, *added.values()):
        deadline = dossier.deadline_of(stream) if stream else dossier.general()
        arrival = judge(desk, deadline, DIRECTIONS, content, stream)
        if not isinstance(arrival, Arrival):
            return arrival
        arrivals.append(arrival)
    return Arrival.IN_GRACE if Arrival.IN_GRACE in arrivals else Arrival.ON_TIME


def put_ranking(desk: Desk, application: Application, ranking: Ranking, arrival: Arrival) -> int:
    """Write the whole ranking anew and answer its new version."""
    before = {"offerings": list(desk.dossier.ranked)}
    application.choices.clear()
    desk.session.flush()  # ranks are unique: the old rows go before the new ones come
    application.choices.extend(
        Choice(offering_id=offering_id, rank=rank) for rank, offering_id in enumerate(ranking, 1)
    )
    version = _put_general(desk, application, DIRECTIONS, {})
    after = {"offerings": list(ranking), "version": version}
    subject = ("application", application.id)
    record(desk, "application.ranked", subject, before=before, after=after, arrival=arrival)
    return version

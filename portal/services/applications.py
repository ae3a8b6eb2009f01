"""Starting, writing, ranking, withdrawing: what an applicant does to a working copy before and after submitting it.

Every verb takes `received_at`, the instant its request arrived, locks the applicant's row (one person's writes queue
behind each other), and answers what became of it. A refusal for lateness keeps what was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from portal.domain.applications import (
    DIRECTIONS,
    SECTION_BY_SLUG,
    ApplicationState,
    Ranking,
    may_choose,
    with_added,
)
from portal.domain.rounds import Arrival, may_withdraw
from portal.domain.saving import Origin, Standing, is_recorded, standing_of
from portal.domain.verdict import ALLOWED, Allowed, Refused
from portal.models import (
    Application,
    Choice,
    SectionAnswers,
    StreamApplication,
)
from portal.queries.applications import Dossier, stream_fields
from portal.services import outbox
from portal.services.answer_files import (
    NO_UPLOADS,
    Uploads,
    file_fields,
    keep_files,
    with_files,
)
from portal.services.desk import Desk, Late, begun, judge, open_desk, record
from portal.services.files import Prepared
from portal.services.stream_answers import answers_anew, put_stream
from portal.services.work import writing

BY_HAND = Origin()


@dataclass(frozen=True)
class Saved:
    """The section now stands at this version."""

    version: int


@dataclass(frozen=True)
class StaleSection:
    """Somebody, perhaps the same person in another tab, saved the section in between. Nothing was written.

    `answers` is what stands now (for the directions: `ranked`), `version` what a save over it must name, `yours` the
    references of the files that were sent, which are kept.
    """

    version: int
    saved_at: datetime | None
    answers: Mapping[str, str]
    ranked: Ranking = ()
    yours: Mapping[str, str] = field(default_factory=dict)

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
    uploads: Uploads = NO_UPLOADS,
    origin: Origin = BY_HAND,
) -> Saved | StaleSection | Refused | Late:
    """Save one section of the working copy, however incomplete. `slug` names a general section or a stream's.

    `version` is the one the form was made from. Files are kept whatever becomes of the text: in the answers, in the
    late draft, or as `yours` of a stale save. Raises LookupError for a section that this round does not have.
    """
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        dossier = desk.dossier
        typed = {name: clean(answers.get(name, "")) for name in field_names(dossier, slug)}
        given, stream = with_files(desk, slug, typed, uploads), dossier.stream_of_section(slug)
        arrival = judge(desk, dossier.section_deadline(slug), slug, given, stream)
        if not isinstance(arrival, Refused):
            keep_files(desk, uploads)
        if not isinstance(arrival, Arrival):
            return arrival
        current, stands = dossier.answers(slug) or {}, dossier.version(slug)
        row = _row(dossier, slug)
        standing = standing_of(version, stands, origin, _last(row))
        same = {name: current.get(name, "") for name in given} == given
        if row and stands and same and not answers_anew(dossier, slug, origin):
            if origin.turn and standing is Standing.NEXT:
                row.page, row.turn = origin.page, origin.turn
            return Saved(stands)  # a double click, or nothing to change
        if standing is Standing.OVERTAKEN:
            return Saved(stands)
        if standing is Standing.STALE:
            yours = {name: given[name] for name in file_fields(dossier, slug)}
            return StaleSection(stands, dossier.saved_at(slug), current, yours=yours)
        return Saved(put_answers(desk, begun(desk, arrival), slug, given, arrival, origin=origin))


def save_file(
    user_id: int, round_id: int, slug: str, name: str, sent: Prepared, *, received_at: datetime
) -> Saved | Refused | Late:
    """Save one file by itself, while the rest of its section is still being written.

    It names no version and makes none: the other answers stay as they are, so that no text is saved over another.
    Raises LookupError for a section or a question for a file that this round does not have.
    """
    uploads = Uploads({name: sent})
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        dossier, stream = desk.dossier, desk.dossier.stream_of_section(slug)
        current, stands = dossier.answers(slug) or {}, dossier.version(slug)
        known = {each: current.get(each, "") for each in field_names(dossier, slug)}
        if name not in file_fields(dossier, slug):
            raise LookupError(f"no question for a file {name!r}")
        given = with_files(desk, slug, known, uploads)
        arrival = judge(desk, dossier.section_deadline(slug), slug, given, stream)
        if not isinstance(arrival, Refused):
            keep_files(desk, uploads)
        if isinstance(arrival, Arrival) and given != known:
            put_answers(desk, begun(desk, arrival), slug, given, arrival, version=stands)
        return Saved(stands) if isinstance(arrival, Arrival) else arrival


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
    desk: Desk,
    application: Application,
    slug: str,
    given: Mapping[str, str],
    arrival: Arrival,
    version: int | None = None,
    origin: Origin = BY_HAND,
) -> int:
    """Write one section and answer its new version, which is the next one unless `version` names it.

    The audit log says that it was saved, never what was written; of saves by themselves the first of a sitting.
    """
    stream, last = desk.dossier.stream_of_section(slug), desk.dossier.saved_at(slug)
    before = {"version": desk.dossier.version(slug), "saved_at": last} if last else None
    keeps_version = version is not None
    version = desk.dossier.version(slug) + 1 if version is None else version
    if stream is not None:
        # A file that came by itself says nothing about the other answers.
        shown = replace(origin, by_itself=True) if keeps_version else origin
        put_stream(desk, application, stream, given, version, shown)
    else:
        _put_general(desk, application, slug, given, version)
    row = _row(desk.dossier, slug, application)
    if row is not None and not keeps_version:
        row.page, row.turn = origin.page, origin.turn
    if arrival is not Arrival.ON_TIME or is_recorded(origin, last, desk.at):
        after = {"section": slug, "version": version}
        subject = ("application", application.id)
        record(desk, "application.saved", subject, before=before, after=after, arrival=arrival)
    return version


def _row(
    dossier: Dossier, slug: str, application: Application | None = None
) -> SectionAnswers | StreamApplication | None:
    """The row that holds a section's version; of `application` where the dossier was read before it began."""
    application, stream = application or dossier.application, dossier.stream_of_section(slug)
    if application is None:
        return None
    if stream is not None:
        rows = application.stream_applications
        return next((row for row in rows if row.stream_id == stream.id), None)
    return next((row for row in application.sections if row.section == slug), None)


def _last(row: SectionAnswers | StreamApplication | None) -> Origin:
    """Which save of which page made a section what it is."""
    return Origin(row.page, row.turn) if row else BY_HAND


def _put_general(
    desk: Desk, application: Application, slug: str, given: Mapping[str, str], version: int
) -> None:
    application.saved_at = desk.at
    row = next((each for each in application.sections if each.section == slug), None)
    if row is None:
        row = SectionAnswers(section=slug)
        application.sections.append(row)
    row.answers, row.version, row.saved_at = dict(given), version, desk.at


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
    version = desk.dossier.version(DIRECTIONS) + 1
    _put_general(desk, application, DIRECTIONS, {}, version)
    after = {"offerings": list(ranking), "version": version}
    subject = ("application", application.id)
    record(desk, "application.ranked", subject, before=before, after=after, arrival=arrival)
    return version

"""One applicant's part in one round: what the round offers, what they wrote, and until when they may write."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain.applications import (
    DIRECTIONS,
    Draft,
    StreamPart,
    question_field,
    stream_section,
)
from portal.domain.permissions import Viewer
from portal.domain.questions import Field, Former, Kind
from portal.domain.rounds import Deadline, Grant, general_deadline, stream_deadline
from portal.domain.submissions import Content, Essence, changed_sections, essence, read
from portal.extensions import db
from portal.models import (
    Application,
    Direction,
    Extension,
    Mentor,
    Offering,
    Question,
    Round,
    StoredFile,
    Stream,
    StreamApplication,
    StreamMentor,
    Submission,
    WorkTestAttempt,
)
from portal.queries import wordings, work_tests


@dataclass(frozen=True)
class Dossier:
    """A round with all it offers, the viewer's application there (None before they start), and their extensions."""

    round: Round
    application: Application | None
    grants: tuple[Grant, ...]
    user_id: int | None = None

    @cached_property
    def files(self) -> Mapping[str, StoredFile]:
        """What this person sent in for this round, by reference. One statement, sent when it is first needed."""
        rows = db.session.scalars(
            sa.select(StoredFile).where(
                StoredFile.user_id == self.user_id, StoredFile.round_id == self.round.id
            )
        )
        return {row.ref: row for row in rows}

    def files_in(
        self, fields: Iterable[Field], answers: Mapping[str, str]
    ) -> dict[str, StoredFile]:
        """The files that answers name, by field. Sends nothing where none does."""
        named = {f.name: answers.get(f.name) for f in fields if f.kind is Kind.FILE}
        return {name: self.files[ref] for name, ref in named.items() if ref and ref in self.files}

    @cached_property
    def reworded(self) -> Mapping[str, Former]:
        """The questions that were changed after this person answered them, by field, as they were answered."""
        return wordings.reworded(self)

    # -- until when ------------------------------------------------------------------------

    @property
    def closes_at(self) -> datetime:
        """The round's own deadline; a round without one has not been announced and is never found."""
        assert self.round.closes_at is not None
        return self.round.closes_at

    def deadline_of(self, stream: Stream) -> Deadline:
        return stream_deadline(
            self.closes_at, stream.closes_at, self.grants, stream.id, self.round.grace
        )

    def general(self) -> Deadline:
        """Until when what all streams read may be written: as long as any stream accepts from this applicant."""
        own = [(stream.id, stream.closes_at) for stream in self.round.streams]
        return general_deadline(self.closes_at, own, self.grants, self.round.grace)

    def undecided(self) -> Deadline:
        """The round's own deadline for this applicant, for as long as they have chosen no stream."""
        return stream_deadline(self.closes_at, None, self.grants, None, self.round.grace)

    def section_deadline(self, slug: str) -> Deadline:
        stream = self.stream_of_section(slug)
        return self.deadline_of(stream) if stream else self.general()

    def submit_deadline(self) -> Deadline:
        """The last deadline of the streams a submit would change: those chosen now, and those that hold the last one.

        Without any the general deadline holds.
        """
        ids = {stream.id for stream in self.chosen_streams()}
        content = self.content()
        if content is not None:
            ids |= {choice.stream_id for choice in content.choices}
        if not ids:
            return self.general()
        each = (self.deadline_of(self.stream(stream_id)) for stream_id in ids)
        return max(each, key=lambda deadline: deadline.closes_at)

    def accepts(self, stream: Stream, at: datetime) -> bool:
        return self.deadline_of(stream).judge(at).accepted

    def closed_choices(self, at: datetime) -> list[Stream]:
        """The chosen streams that accept nothing more from this applicant."""
        return [stream for stream in self.chosen_streams() if not self.accepts(stream, at)]

    def has_missed(self, at: datetime) -> bool:
        """Whether there is a deadline to ask an extension of: of a submit, or of one chosen stream among others."""
        late = not self.submit_deadline().judge(at).accepted
        return late or bool(self.closed_choices(at))

    # -- what is offered -------------------------------------------------------------------

    def offerings(self) -> Iterator[Offering]:
        for stream in self.round.streams:
            yield from stream.offerings

    def offering(self, offering_id: int) -> Offering | None:
        return next((each for each in self.offerings() if each.id == offering_id), None)

    def offering_of(self, direction_slug: str) -> Offering | None:
        return next((o for o in self.offerings() if o.direction.slug == direction_slug), None)

    def stream(self, stream_id: int) -> Stream:
        return next(each for each in self.round.streams if each.id == stream_id)

    def stream_of_section(self, slug: str) -> Stream | None:
        """The stream whose questions a section holds; None for the sections that all streams read."""
        return next((s for s in self.round.streams if stream_section(s.slug) == slug), None)

    # -- what was chosen and written -------------------------------------------------------

    @property
    def ranked(self) -> tuple[int, ...]:
        return (
            tuple(choice.offering_id for choice in self.application.choices)
            if self.application
            else ()
        )

    def choices(self) -> list[Offering]:
        by_id = {offering.id: offering for offering in self.offerings()}
        return [by_id[offering_id] for offering_id in self.ranked]

    def chosen_streams(self) -> list[Stream]:
        """Each chosen stream once, by its best rank."""
        ids = dict.fromkeys(offering.stream_id for offering in self.choices())
        return [self.stream(stream_id) for stream_id in ids]

    def stream_application(self, stream: Stream) -> StreamApplication | None:
        rows = self.application.stream_applications if self.application else []
        return next((row for row in rows if row.stream_id == stream.id), None)

    def answers(self, slug: str) -> dict[str, str] | None:
        """The saved answers of a section by field; None before its first save."""
        stream = self.stream_of_section(slug)
        if stream is not None:
            return stream_answers(self.stream_application(stream))
        rows = self.application.sections if self.application else []
        return next((dict(row.answers) for row in rows if row.section == slug), None)

    def version(self, slug: str) -> int:
        """How often a section was saved; 0 before the first time."""
        stream = self.stream_of_section(slug)
        if stream is not None:
            row = self.stream_application(stream)
            return row.version if row else 0
        rows = self.application.sections if self.application else []
        return next((row.version for row in rows if row.section == slug), 0)

    def saved_at(self, slug: str) -> datetime | None:
        stream = self.stream_of_section(slug)
        if stream is not None:
            row = self.stream_application(stream)
            return row.saved_at if row and row.answers else None
        rows = self.application.sections if self.application else []
        return next((row.saved_at for row in rows if row.section == slug), None)

    def draft(self, at: datetime) -> Draft:
        """The working copy as the rules see it at an instant."""
        rows = self.application.sections if self.application else []
        return Draft(
            sections={row.section: row.answers for row in rows if row.section != DIRECTIONS},
            ranked=self.ranked,
            streams=tuple(self.part(stream, at) for stream in self.chosen_streams()),
            owed=work_tests.gaps_of(self, at),
        )

    def part(self, stream: Stream, at: datetime) -> StreamPart:
        return StreamPart(
            stream.slug,
            stream.name,
            stream_fields(stream),
            stream_answers(self.stream_application(stream)),
            self.accepts(stream, at),
        )

    # -- what was submitted ----------------------------------------------------------------

    @property
    def submission(self) -> Submission | None:
        return self.application.current_submission if self.application else None

    def content(self) -> Content | None:
        return read(self.submission.content) if self.submission else None

    def unsent(self, at: datetime) -> set[str]:
        """The sections in which the working copy differs from what was submitted last; empty before a submission."""
        content = self.content()
        return changed_sections(essence(content), self.essence(at)) if content else set()

    def essence(self, at: datetime) -> Essence:
        draft = self.draft(at)
        answers = {
            (slug, name): text
            for slug, given in draft.sections.items()
            for name, text in given.items()
            if text
        }
        for part in draft.streams:
            asked = {each.name for each in part.fields}
            answers.update(
                {
                    (stream_section(part.slug), name): text
                    for name, text in (part.answers or {}).items()
                    if text and name in asked
                }
            )
        return Essence(draft.ranked, answers)


def stream_fields(stream: Stream) -> tuple[Field, ...]:
    """What a stream asks now. Retired questions are asked of nobody."""
    return tuple(question(each) for each in stream.questions if each.retired_at is None)


def question(row: Question) -> Field:
    return Field(
        question_field(row.id),
        row.prompt,
        row.kind,
        hint=row.help,
        required=row.required,
        words=row.word_limit,
        choices=tuple((option, option) for option in row.options),
        minutes=row.minutes,
        version=row.version,
    )


def stream_answers(row: StreamApplication | None) -> dict[str, str] | None:
    if row is None or not row.answers:
        return None
    return {question_field(answer.question_id): answer.text for answer in row.answers}


def find(viewer: Viewer, slug: str, at: datetime) -> Dossier | None:
    """The viewer's own dossier in an announced round; None for a round that is not there for applicants (yet)."""
    if viewer.user_id is None:
        return None
    round_ = _round(*_findable(viewer, slug, at))
    return _dossier(viewer.user_id, round_) if round_ else None


def find_round_id(viewer: Viewer, slug: str, at: datetime) -> int | None:
    """The id of a round in which `find` would find a dossier, for a service that reads the rest behind its lock."""
    return db.session.scalar(sa.select(Round.id).where(*_findable(viewer, slug, at)))


def _findable(viewer: Viewer, slug: str, at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Round.slug == slug, *announced(at), _not_archived(viewer, at)


def of(user_id: int, round_id: int) -> Dossier:
    """A person's dossier in a round as the database has it now, with the directions' full texts, for services.

    Raises LookupError for a round that is not there or has no deadline.
    """
    round_ = _round(Round.id == round_id, Round.closes_at.is_not(None), texts=True)
    if round_ is None:
        raise LookupError(f"no round {round_id} with a deadline")
    return _dossier(user_id, round_)


def dossiers(round_id: int, application_ids: Sequence[int]) -> list[Dossier]:
    """The dossiers of many applications of one round, for jobs. As many statements for a hundred as for one."""
    round_ = _round(Round.id == round_id, Round.closes_at.is_not(None))
    if round_ is None:
        return []
    found = db.session.scalars(_applications(Application.id.in_(application_ids))).unique().all()
    granted: dict[int, list[Grant]] = defaultdict(list)
    for user_id, closes_at, stream_id, granted_at in db.session.execute(
        sa.select(
            Extension.user_id, Extension.closes_at, Extension.stream_id, Extension.granted_at
        ).where(
            Extension.round_id == round_id, Extension.user_id.in_([row.user_id for row in found])
        )
    ):
        granted[user_id].append(Grant(closes_at, stream_id, granted_at))
    return [Dossier(round_, row, tuple(granted[row.user_id]), row.user_id) for row in found]


def _dossier(user_id: int, round_: Round) -> Dossier:
    return Dossier(round_, _application(user_id, round_.id), _grants(user_id, round_.id), user_id)


def announced(at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What makes a round exist for applicants: it is published and has its dates."""
    return Round.published_at <= at, Round.opens_at.is_not(None), Round.closes_at.is_not(None)


def _not_archived(viewer: Viewer, at: datetime) -> sa.ColumnElement[bool]:
    """An archived round stays readable for those who took part."""
    took_part = sa.exists().where(
        Application.round_id == Round.id, Application.user_id == viewer.user_id
    )
    return sa.or_(Round.archived_at.is_(None), Round.archived_at > at, took_part)


def _round(*conditions: sa.ColumnElement[bool], texts: bool = False) -> Round | None:
    """A round with its streams, their mentors, offerings, questions and tasks. Four statements."""
    streams = selectinload(Round.streams)
    directions = streams.joinedload(Stream.offerings).joinedload(Offering.direction)
    statement = (
        sa.select(Round)
        .where(*conditions)
        .options(
            streams.joinedload(Stream.mentor_links)
            .joinedload(StreamMentor.mentor)
            .load_only(Mentor.name),
            streams.selectinload(Stream.questions),
            streams.selectinload(Stream.work_tests),
            directions.options(*([] if texts else [defer(Direction.body)])),
        )
        .execution_options(populate_existing=True)
    )
    round_ = db.session.scalars(statement).one_or_none()
    for stream in round_.streams if round_ else ():
        for offering in stream.offerings:
            set_committed_value(
                offering, "stream", stream
            )  # its key has two columns: not found by itself
    return round_


def _application(user_id: int, round_id: int) -> Application | None:
    own = _applications(Application.user_id == user_id, Application.round_id == round_id)
    return db.session.scalars(own).one_or_none()


def _applications(*conditions: sa.ColumnElement[bool]) -> sa.Select[Application]:
    """Applications with all that their owners wrote."""
    streams = selectinload(Application.stream_applications)
    attempts = streams.selectinload(StreamApplication.work_test_attempts)
    return (
        sa.select(Application)
        .where(*conditions)
        .options(
            joinedload(Application.current_submission),
            selectinload(Application.sections),
            selectinload(Application.choices),
            streams.joinedload(StreamApplication.answers),
            attempts.selectinload(WorkTestAttempt.hand_ins),
            attempts.joinedload(WorkTestAttempt.file),
        )
        .execution_options(populate_existing=True)
    )


def _grants(user_id: int, round_id: int) -> tuple[Grant, ...]:
    rows = db.session.execute(
        sa.select(Extension.closes_at, Extension.stream_id, Extension.granted_at).where(
            Extension.user_id == user_id, Extension.round_id == round_id
        )
    )
    return tuple(Grant(closes_at, stream_id, at) for closes_at, stream_id, at in rows)

"""A portal in which there is as much of everything as a test asks for: made in bulk, for pages that list."""

from datetime import date, timedelta

from portal.domain.applications import ApplicationState
from portal.domain.permissions import StreamRole
from portal.domain.questions import Kind
from portal.domain.review import Outcome, Recommendation, ReviewState
from portal.domain.rounds import Arrival
from portal.extensions import db
from portal.models import (
    Announcement,
    Application,
    AuditEvent,
    Authorship,
    Choice,
    Decision,
    Direction,
    DirectionMentor,
    DirectionPaper,
    Enquiry,
    Extension,
    FaqEntry,
    Invitation,
    KeyDate,
    LateDraft,
    Mentor,
    Offering,
    OutboxMessage,
    Paper,
    Person,
    Question,
    Review,
    Round,
    SignIn,
    Stream,
    StreamApplication,
    StreamMember,
    StreamMentor,
    Submission,
    SubmissionChoice,
    Topic,
    User,
)
from tests.support.builders import Builder

DAY = timedelta(days=1)


class Crowd:
    """One open round with a stream, a lead who reads, an admin, and an applicant with an application."""

    def __init__(self, make: Builder) -> None:
        self.now = make.now
        self.size = 0
        self.admin = make.admin()
        self.round = make.round("Summer")
        self.stream = make.stream(self.round, "First", questions=["Why?"])
        self.reader = make.member(self.stream, name="Rita Reader")
        self.other_reader = make.member(self.stream, StreamRole.READER, name="Otto Other")
        self.applicant = make.user("Ana Applicant")
        self.offering = self.stream.offerings[0]
        self.application = make.keep(
            Application(
                round_id=self.round.id,
                user_id=self.applicant.id,
                created_at=self.now,
                saved_at=self.now,
                choices=[Choice(offering_id=self.offering.id, rank=1)],
            )
        )

    def grow(self, size: int) -> None:
        """Make more of every kind of row, until there are `size` of each."""
        with db.session.no_autoflush:
            for number in range(self.size, size):
                mentor, paper, topic = self._published(number)
                self._offered(number, mentor, paper, topic)
                user = self._applied(number)
                self._asked(number, user)
                self._happened(number, user)
                self._joined(number, user)
                self._past_round(number)
        db.session.commit()
        self.size = size

    def _published(self, number: int) -> tuple[Mentor, Paper, Topic]:
        topic = Topic(slug=f"many-topic-{number}", name=f"Topic of many {number}")
        people = [
            Person(slug=f"many-{place}-{number}", name=f"Author {number} {place}")
            for place in ("first", "last")
        ]
        mentor = Mentor(slug=f"many-mentor-{number}", name=f"Mentor of many {number}")
        mentor.person = people[1]
        paper = Paper(
            slug=f"many-paper-{number}",
            title=f"One of many papers {number}",
            date=date(2025, 1, 1) + number * DAY,
            summary="What was found.",
            search_text=f"one of many papers {number}\nwhat was found",
            topics=[topic],
        )
        paper.authorships = [
            Authorship(person=person, position=place, printed_name=person.name, is_fellow=not place)
            for place, person in enumerate(people)
        ]
        answer = FaqEntry(
            slug=f"many-faq-{number}", question=f"What about {number}?", answer="This.", position=1
        )
        db.session.add_all([topic, mentor, paper, answer])
        return mentor, paper, topic

    def _offered(self, number: int, mentor: Mentor, paper: Paper, topic: Topic) -> None:
        direction = Direction(
            slug=f"many-direction-{number}",
            title=f"One of many directions {number}",
            summary="What we want done.",
            body="A longer text about what we want done.",
            topics=[topic],
            mentor_links=[DirectionMentor(mentor=mentor, position=0)],
            paper_links=[DirectionPaper(paper=paper, position=0)],
        )
        stream = Stream(
            round_id=self.round.id,
            slug=f"many-stream-{number}",
            name=f"One of many streams {number}",
            places=2,
            mentor_links=[StreamMentor(mentor=mentor, is_primary=True)],
            members=[StreamMember(user_id=self.reader.id, role=StreamRole.LEAD, added_at=self.now)],
            questions=[Question(prompt="Why?", kind=Kind.LONG_TEXT, word_limit=200, minutes=9)],
        )
        db.session.add_all([direction, stream])
        db.session.flush()
        db.session.add(
            Offering(stream_id=stream.id, round_id=self.round.id, direction_id=direction.id)
        )
        db.session.add(KeyDate(round_id=self.round.id, at=self.now + DAY, label=f"Call {number}"))

    def _applied(self, number: int) -> User:
        user = self._user(f"one.of.many.{number}@example.org", f"One Of Many {number}")
        application = Application(
            round_id=self.round.id,
            user=user,
            state=ApplicationState.SUBMITTED,
            created_at=self.now,
            saved_at=self.now,
            submitted_at=self.now,
        )
        submission = self._submission(application, f"MANY-{number}")
        submission.choices = [
            SubmissionChoice(rank=1, offering_id=self.offering.id, stream_id=self.stream.id)
        ]
        part = StreamApplication(
            application=application,
            stream_id=self.stream.id,
            submission=submission,
            best_rank=1,
            first_received_at=self.now,
            words=100,
            reads=1,
            saved_at=self.now,
        )
        part.reviews = [
            self._review(submission, self.reader, ReviewState.DRAFT),
            self._review(submission, self.other_reader, ReviewState.SUBMITTED),
        ]
        part.decision = Decision(
            outcome=Outcome.DECLINE,
            reason=f"Reason {number}.",
            decided_by_id=self.reader.id,
            decided_at=self.now,
        )
        db.session.add(part)
        return user

    def _review(self, submission: Submission, reader: User, state: ReviewState) -> Review:
        return Review(
            stream_id=self.stream.id,
            reader_id=reader.id,
            submission_id=submission.id,
            state=state,
            recommendation=Recommendation.YES,
            created_at=self.now,
            saved_at=self.now,
            submitted_at=self.now if state is ReviewState.SUBMITTED else None,
        )

    def _user(self, email: str, name: str) -> User:
        user = User(
            email=email,
            email_key=email,
            name=name,
            fs_uniquifier=email,
            confirmed_at=self.now,
            consented_at=self.now,
            created_at=self.now,
        )
        db.session.add(user)
        db.session.flush()
        return user

    def _submission(self, application: Application, number: str) -> Submission:
        submission = Submission(
            application=application,
            number=number,
            idempotency_key=number,
            received_at=self.now,
            recorded_at=self.now,
            arrival=Arrival.ON_TIME,
            applicant_name=number,
            search_text=number.lower(),
            content="{}",
            salt="salt",
            digest="digest",
        )
        db.session.add(submission)
        db.session.flush()
        application.current_submission = submission
        return submission

    def _asked(self, number: int, user: User) -> None:
        """What applicants and admins tell each other, by somebody else and by the applicant of the tests."""
        for asker in (user, self.applicant):
            db.session.add(
                Enquiry(
                    round_id=self.round.id, user_id=asker.id, text=f"{number}?", asked_at=self.now
                )
            )
            db.session.add(
                LateDraft(
                    round_id=self.round.id,
                    user_id=asker.id,
                    stream_id=self.stream.id,
                    action="save",
                    content={"section": "stream-x", "answers": {"q1": "Late."}},
                    received_at=self.now,
                    closed_at=self.now,
                    extension_asked_at=self.now,
                    extension_reason="Ill.",
                )
            )
        db.session.add(
            Announcement(
                round_id=self.round.id,
                title=f"News {number}",
                body="Something new.",
                author_id=self.admin.id,
                published_at=self.now - DAY,
            )
        )
        db.session.add(
            Extension(
                round_id=self.round.id,
                user_id=user.id,
                closes_at=self.now + 30 * DAY,
                reason="Ill.",
                granted_by_id=self.admin.id,
                granted_at=self.now,
            )
        )

    def _happened(self, number: int, user: User) -> None:
        db.session.add_all(
            [
                OutboxMessage(
                    message_id=f"<many-{number}@example.org>",
                    kind="receipt",
                    user_id=user.id,
                    recipient=user.email,
                    subject="A letter",
                    text="Words.",
                    created_at=self.now,
                    next_try_at=self.now,
                ),
                AuditEvent(
                    at=self.now,
                    actor_id=user.id,
                    action="application.submitted",
                    subject_type="round",
                    subject_id=self.round.id,
                    round_id=self.round.id,
                ),
            ]
        )

    def _joined(self, number: int, user: User) -> None:
        db.session.add_all(
            [
                Invitation(
                    email=f"guest{number}@example.org",
                    email_key=f"guest{number}@example.org",
                    stream_id=self.stream.id,
                    role=StreamRole.READER,
                    token_digest=f"digest {number}",
                    invited_by_id=self.admin.id,
                    created_at=self.now,
                    expires_at=self.now + DAY,
                ),
                StreamMember(
                    stream_id=self.stream.id,
                    user_id=user.id,
                    role=StreamRole.READER,
                    added_at=self.now,
                ),
                SignIn(
                    user_id=self.applicant.id,
                    token_digest=f"other browser {number}",
                    created_at=self.now,
                    seen_at=self.now,
                ),
            ]
        )

    def _past_round(self, number: int) -> None:
        """A round that is over, in which the tests' applicant took part and was told the outcome."""
        ended = self.now - timedelta(days=100 + number)
        round_ = Round(
            slug=f"many-round-{number}",
            name=f"One of many rounds {number}",
            created_at=ended - 90 * DAY,
            published_at=ended - 80 * DAY,
            opens_at=ended - 60 * DAY,
            closes_at=ended - 30 * DAY,
            release_at=ended,
            released_at=ended,
            streams=[Stream(slug="then", name="A stream of then", closes_at=ended - 31 * DAY)],
        )
        application = Application(
            round=round_,
            user_id=self.applicant.id,
            state=ApplicationState.SUBMITTED,
            created_at=ended - 50 * DAY,
            saved_at=ended - 40 * DAY,
            submitted_at=ended - 40 * DAY,
        )
        db.session.add_all([round_, application])
        db.session.flush()
        self._submission(application, f"THEN-{number}")

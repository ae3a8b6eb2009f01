"""As many tasks and references as a test asks for, asked of one applicant and of a crowd: for pages that list them."""

from sqlalchemy.orm import Session

from portal.domain.rounds import Arrival
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import (
    Application,
    Referee,
    StreamApplication,
    WorkTest,
    WorkTestAttempt,
    WorkTestHandIn,
)
from tests.support.builders import Builder


class TaskedCrowd:
    """One open round whose stream asks for tasks, and people who handed them in and named referees."""

    def __init__(self, make: Builder) -> None:
        self.make = make
        self.size = 0
        self.admin = make.admin()
        self.round = make.round("Summer", max_referees=3)
        self.stream = make.stream(self.round, "First", questions=["Why?"])
        self.reader = make.member(self.stream, name="Rita Reader")
        self.applicant = make.user("Ana Applicant")
        self.application = make.submitted(self.applicant, self.round, [self.stream])
        self.part = make.arrived(self.application, self.stream)

    def grow(self, size: int) -> None:
        """Make more of every kind of row, until there are `size` of each."""
        session = db.session()
        with session.no_autoflush:
            for number in range(self.size, size):
                test = self._task(session, number)
                self._handed_in(session, self.part, test)
                self._named(session, self.application, f"own{number}")
                other = self._other(session, number)
                self._handed_in(session, other, test)
                self._named(session, other.application, f"other{number}")
        session.commit()
        session.expire_all()
        self.size = size

    def _task(self, session: Session, number: int) -> WorkTest:
        test = WorkTest(
            stream_id=self.stream.id,
            title=f"One of many tasks {number}",
            brief="Repeat the first figure.",
            hand_in=HandIn.TEXT,
            required=False,
            hours=4,
        )
        session.add(test)
        session.flush()
        return test

    def _handed_in(self, session: Session, part: StreamApplication, test: WorkTest) -> None:
        now, closes_at = self.make.now, self.round.closes_at
        assert closes_at is not None
        attempt = WorkTestAttempt(
            stream_application=part, work_test=test, started_at=now, text="Done.", saved_at=now
        )
        attempt.hand_ins = [
            WorkTestHandIn(
                title=test.title,
                brief=test.brief,
                test_version=1,
                text="Done.",
                closes_at=closes_at,
                received_at=now,
                recorded_at=now,
                arrival=Arrival.ON_TIME,
            )
        ]
        session.add(attempt)

    def _named(self, session: Session, application: Application, key: str) -> None:
        now, email = self.make.now, f"{key}@example.org"
        session.add(
            Referee(
                application=application,
                name=f"Referee {key}",
                email=email,
                email_key=email,
                token_digest=key,
                letters=1,
                created_at=now,
                asked_at=now,
                received_at=now,
                arrival=Arrival.ON_TIME,
                answers={"text": "A pleasure to work with."},
            )
        )

    def _other(self, session: Session, number: int) -> StreamApplication:
        """Somebody else who chose the stream."""
        user = self.make.user(f"One Of Many {number}")
        application = Application(
            round_id=self.round.id,
            user_id=user.id,
            created_at=self.make.now,
            saved_at=self.make.now,
        )
        part = StreamApplication(
            application=application, stream_id=self.stream.id, saved_at=self.make.now
        )
        session.add(part)
        session.flush()
        return part

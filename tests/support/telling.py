"""An applicant with a row in every table that is about people, and another one who must lose nothing."""

import io
from datetime import timedelta
from typing import Any

from portal.domain.conflicts import Origin
from portal.domain.permissions import StreamRole, Viewer
from portal.extensions import db
from portal.models import (
    Answer,
    Application,
    Authenticator,
    Choice,
    Conflict,
    Decision,
    Extension,
    FactorReset,
    Invitation,
    LateDraft,
    OutboxMessage,
    Passkey,
    RecoveryCode,
    SectionAnswers,
    SignIn,
    StreamMember,
    Submission,
    SurveyAnswer,
    User,
    WorkTestAttempt,
    WorkTestHandIn,
)
from portal.queries import subjects
from portal.services import audit, enquiries, files
from portal.services.files import Upload
from portal.services.work import writing
from tests.conftest import NOW
from tests.support import remains
from tests.support.builders import Builder
from tests.support.files import give_files

DAY = timedelta(days=1)


class World:
    """`user` and `other` have the same; `subject` is all that is the user's."""

    def __init__(self) -> None:
        self.make = make = Builder(NOW)
        self.reader, self.admin = make.user("Rhea Reader"), make.admin()
        self.round = make.round(max_referees=2)
        self.stream = make.stream(self.round, "Mira", questions=["What would you do?"])
        make.keep(
            StreamMember(
                stream_id=self.stream.id, user_id=self.reader.id, role=StreamRole.LEAD, added_at=NOW
            )
        )
        self.user = make.user(remains.NAME, email=remains.ADDRESS)
        self.other = make.user("Olga Other")
        for each in (self.user, self.other):
            self._fill(each)

    def _fill(self, user: User) -> None:
        make = self.make
        application = make.submitted(user, self.round, [self.stream])
        submission = db.session.get_one(Submission, application.current_submission_id)
        submission_id, application_id = submission.id, application.id
        bytes_ = remains.a_telling_pdf(user.name)
        prepared = files.prepare(Upload("zebrafinch.pdf", io.BytesIO(bytes_)))
        with writing() as session:
            file = files.attach(session, user.id, self.round.id, prepared, at=NOW)
        give_files(db.session.get_one(Submission, submission_id), cv=file)
        row = make.arrived(db.session.get_one(Application, application_id), self.stream)
        make.reviewed(row, self.reader, fit=4, skill=3)
        referee = make.referee(db.session.get_one(Application, application_id), f"token-{user.id}")
        test = make.work_test(self.stream)
        attempt = make.keep(
            WorkTestAttempt(
                stream_application_id=row.id, work_test_id=test.id, started_at=NOW, text="x",
                file_id=file.id, saved_at=NOW,
            )
        )  # fmt: skip
        self._texts(user, application_id, row.id, attempt.id)
        self._letters(user, referee.id)
        self._account(user)
        enquiries.ask(Viewer(user.id), self.round.id, "Is my question alright?", now=NOW)
        with writing() as session:
            audit.record(
                session, "people.listed", at=NOW, actor_id=self.admin.id, subject=("people", None),
                after={"q": f"{user.name.split()[0].lower()} searchedfor"},
            )  # fmt: skip
            audit.record(
                session, "extension.granted", at=NOW, actor_id=self.admin.id,
                subject=("user", user.id), round_id=self.round.id,
                reason=f"{user.name} was ill", after={"note": f"ask {user.email} again"},
            )  # fmt: skip

    def _texts(self, user: User, application_id: int, row_id: int, attempt_id: int) -> None:
        offering, question = self.stream.offerings[0].id, self.stream.questions[0].id
        about = {"round_id": self.round.id, "user_id": user.id}
        rows: list[Any] = [
            SectionAnswers(
                application_id=application_id, section="about", answers={"a": "b"}, saved_at=NOW
            ),
            Choice(application_id=application_id, offering_id=offering, rank=1),
            Answer(stream_application_id=row_id, question_id=question, text="x"),
            SurveyAnswer(application_id=application_id, question="age", answer="25_34"),
            WorkTestHandIn(
                attempt_id=attempt_id, title="t", brief="b", test_version=1, text="x",
                closes_at=NOW + DAY, received_at=NOW, recorded_at=NOW, arrival="on_time",
            ),
            Decision(
                stream_application_id=row_id, outcome="decline", reason="r", decided_at=NOW,
                decided_by_id=self.reader.id,
            ),
            LateDraft(
                **about, action="save", content={"a": "b"}, received_at=NOW, closed_at=NOW - DAY
            ),
            Extension(
                **about, closes_at=NOW + DAY, reason="ill", granted_by_id=self.admin.id,
                granted_at=NOW,
            ),
            Conflict(
                round_id=self.round.id, applicant_id=user.id, mentor_id=None, named="My aunt",
                origin=Origin.APPLICANT, reason="r", declared_at=NOW, declared_by_id=user.id,
            ),
        ]  # fmt: skip
        for each in rows:
            self.make.keep(each)

    def _letters(self, user: User, referee_id: int) -> None:
        key = f"reference-request:{referee_id}:abcdef"
        for once, kind, owner in ((key, "reference_request", None), (None, "news", user.id)):
            self.make.keep(
                OutboxMessage(
                    message_id=f"<{kind}-{user.id}@x>", dedupe_key=once, kind=kind, user_id=owner,
                    recipient="r@example.org", subject="s", text="t", created_at=NOW,
                    next_try_at=NOW,
                )
            )  # fmt: skip

    def _account(self, user: User) -> None:
        number = user.id
        rows: list[Any] = [
            SignIn(user_id=number, token_digest=f"d{number}", created_at=NOW, seen_at=NOW, agent="a"),
            Authenticator(user_id=number, secret="s", last_counter=0, added_at=NOW),
            Passkey(
                user_id=number, name="p", credential_id=f"c{number}", user_handle="h",
                public_key=b"k", sign_count=0, transports=[], challenge_at=NOW, added_at=NOW,
            ),
            RecoveryCode(user_id=number, digest=f"r{number}"),
            FactorReset(user_id=number, asked_by_id=self.admin.id, asked_at=NOW, reason="lost"),
            Invitation(
                email=user.email, email_key=user.email_key, stream_id=self.stream.id,
                role=StreamRole.READER, token_digest=f"i{number}", created_at=NOW,
                expires_at=NOW + DAY,
            ),
            StreamMember(
                stream_id=self.make.stream(self.make.round()).id, user_id=number,
                role=StreamRole.READER, added_at=NOW,
            ),
        ]  # fmt: skip
        for each in rows:
            self.make.keep(each)

    @property
    def subject(self) -> subjects.Subject:
        found = subjects.person(db.session(), self.user.id)
        assert found is not None
        return found

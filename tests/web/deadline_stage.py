"""The scene of the deadline matrix: one applicant's working copy, and each write to it as a browser sends it."""

from dataclasses import dataclass
from io import BytesIO

import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.extensions import db
from portal.models import (
    Answer,
    Application,
    Choice,
    Conflict,
    LateDraft,
    Referee,
    Round,
    SectionAnswers,
    Stream,
    StreamApplication,
    Submission,
    User,
    WorkTestAttempt,
)
from portal.services.conflicts import mark_of
from tests.support.pdfs import a_pdf
from tests.support.tampering import tamper
from tests.web.applicant.conftest import ANSWERS

REFEREE = {"name": "Rita Referee", "email": "rita@example.org", "relation": "taught me"}
Requests = dict[str, tuple[str, dict[str, str]]]


@dataclass
class Stage:
    round: Round
    mine: Stream
    other: Stream
    user: User
    client: object
    token: str
    starts: bool

    def path(self, rest: str) -> str:
        return f"/apply/{self.round.slug}{rest}"

    def offering(self, stream: Stream) -> int:
        return stream.offerings[0].id

    # -- the working copy each write begins from, straight in the tables --------------------------

    def reset(self, write: str) -> None:
        db.session.execute(sa.delete(LateDraft))
        db.session.execute(sa.delete(Conflict))
        db.session.execute(sa.update(Application).values(current_submission_id=None))
        db.session.execute(sa.delete(Application))
        tamper("DELETE FROM audit_events")  # the log counts the letters to referees
        db.session.commit()
        if self.starts and write not in ("start", "submit nothing"):
            self._draft(write)

    def _draft(self, write: str) -> None:
        opened = self.round.opens_at
        application = Application(
            round_id=self.round.id, user_id=self.user.id, created_at=opened, saved_at=opened
        )
        application.sections = [
            SectionAnswers(section=slug, answers=answers, saved_at=opened)
            for slug, answers in ANSWERS.items()
        ]
        for stream in (self.mine, self.other):
            row = StreamApplication(stream_id=stream.id, saved_at=opened)
            row.answers = [Answer(question_id=stream.questions[0].id, text="Before.")]
            application.stream_applications.append(row)
        for rank, stream in enumerate(self._chosen(write), 1):
            application.choices.append(Choice(offering_id=self.offering(stream), rank=rank))
        db.session.add(application)
        db.session.flush()
        if write.endswith(("a referee", "a referee back")) and write != "name a referee":
            self._referee(application)
        if write in ("undo a withdrawal", "withdraw"):
            self._submitted(application, withdrawn=write == "undo a withdrawal")
        db.session.commit()

    def _chosen(self, write: str) -> list[Stream]:
        if write in ("submit to the stream", "remove the direction") or "a task" in write:
            return [self.mine]
        if write in ("submit to the other", "undo a withdrawal", "withdraw"):
            return [self.other]
        return []

    def _referee(self, application: Application) -> None:
        db.session.add(
            Referee(
                application_id=application.id, name="Rita", email="rita@example.org",
                email_key="rita@example.org", relation="taught me", created_at=self.round.opens_at,
            )
        )  # fmt: skip

    def _submitted(self, application: Application, withdrawn: bool) -> None:
        opened = self.round.opens_at
        submission = Submission(
            application_id=application.id, number=f"R-{application.id}", idempotency_key="earlier",
            received_at=opened, recorded_at=opened, arrival="on_time",
            content='{"version":1,"number":"","round_slug":"","round_name":"","received_at":"",'
            '"sections":[],"choices":[],"streams":[]}', salt="00", digest="00",
        )  # fmt: skip
        db.session.add(submission)
        db.session.flush()
        application.current_submission_id = submission.id
        application.state = ApplicationState.WITHDRAWN if withdrawn else ApplicationState.SUBMITTED
        application.withdrawn_at = opened if withdrawn else None

    # -- one write, as a browser sends it ----------------------------------------------------------

    def request(self, write: str) -> tuple[str, dict[str, str]]:
        """The address and the form of a write."""
        version = "1" if self.starts else "0"
        return {
            **self._starts(),
            **self._saves(version),
            **self._ranks(),
            **self._submits(),
            **self._tasks(),
            **self._references(),
            "send a file": ("/background/files/cv", {}),
            "ask the programme": ("/questions", {"text": "Is there a stipend?"}),
            "say who must not read it": (
                "/conflicts",
                {"names": "Olu Other", "seen": self._seen()},
            ),
            "ask for an extension": ("/extension", {"reason": "The power was out."}),
        }[write]

    def _seen(self) -> str:
        """The mark of a page on which nobody is named yet."""
        found = db.session.scalars(sa.select(Application)).first()
        return mark_of(found, []) if found else ""

    def _starts(self) -> Requests:
        return {
            "start": ("/start", {}),
            "start with the direction": (
                "/start", {"direction": self.mine.offerings[0].direction.slug},
            ),
            "start from no earlier one": ("/carry", {}),
        }  # fmt: skip

    def _saves(self, version: str) -> Requests:
        section = {"full_name": "After", "version": version}
        return {
            "save a general section": ("/about", section),
            "answer the stream": self._answer(self.mine, version),
            "answer the other stream": self._answer(self.other, version),
            "a section saves itself": self._saves_itself("/about", section),
            "an answer saves itself": self._saves_itself(*self._answer(self.mine, version)),
            "upload a packet": (
                "/offline",
                {"packet": self._packet(version), "full_name": "After"},
            ),
        }

    def _ranks(self) -> Requests:
        shown = {"version": "0", "shown": ""}
        return {
            "add the direction": (
                "/directions", {**shown, "do": f"add:{self.offering(self.mine)}"},
            ),
            "add the other's direction": (
                "/directions", {**shown, "do": f"add:{self.offering(self.other)}"},
            ),
            "remove the direction": ("/directions", shown),
        }  # fmt: skip

    def _submits(self) -> Requests:
        press = ("/submit", {"key": "matrix-key-0001"})
        return {
            "submit to the stream": press,
            "submit to the other": press,
            "submit nothing": press,
            "undo a withdrawal": ("/restore", {}),
            "withdraw": ("/withdraw", {}),
        }

    def _tasks(self) -> Requests:
        return {
            "start a task": (f"/work-tests/{self.test_id}/start", {}),
            "save a task": self._work("save"),
            "hand in a task": self._work("hand-in"),
            "a task saves itself": self._saves_itself(*self._work("save")),
            "send a file for a task": (f"/work-tests/{self.mine.work_tests[1].id}/file", {}),
        }

    def _references(self) -> Requests:
        named = f"/references/{self._named()}"
        return {
            "name a referee": ("/references", REFEREE),
            "correct a referee": (named, REFEREE),
            "ask a referee": (f"{named}/ask", {"seen": "1.0"}),
            "take a referee back": (f"{named}/remove", {}),
        }

    def _named(self) -> int:
        return db.session.scalar(sa.select(Referee.id)) or 0

    def _answer(self, stream: Stream, version: str) -> tuple[str, dict[str, str]]:
        field = f"q{stream.questions[0].id}"
        return f"/stream-{stream.slug}", {field: "After.", "version": version}

    @property
    def test_id(self) -> int:
        return self.mine.work_tests[0].id

    def _work(self, then: str) -> tuple[str, dict[str, str]]:
        return f"/work-tests/{self.test_id}", {"text": "After.", "version": "0", "then": then}

    def _packet(self, version: str) -> str:
        lines = [
            f"[[packet {self.round.slug} person {self.user.id}]]",
            f"[[section about version {version}]]",
            "[[answer about full_name]]", "After", "[[end about full_name]]",
        ]  # fmt: skip
        return "\n".join(lines)

    def _saves_itself(self, path: str, form: dict[str, str]) -> tuple[str, dict[str, str]]:
        return f"{path}/draft", {**form, "turn": "1"}

    def send(self, write: str):
        rest, form = self.request(write)
        headers = {"HX-Request": "true"} if rest.endswith("/draft") else {}
        if "packet" in form:
            form = {"packet": (BytesIO(form["packet"].encode()), "answers.txt")}
        if write.startswith("send a file"):
            form = {"file": (BytesIO(a_pdf()), "cv.pdf")}
        return self.client.post(
            self.path(rest), data={**form, "csrf_token": self.token}, headers=headers
        )

    def working_copy(self) -> list[object]:
        """Everything of the application that a write could change."""
        rows = db.session.execute(
            sa.select(
                Application.state,
                Application.saved_at,
                Application.current_submission_id,
                SectionAnswers.section,
                SectionAnswers.answers,
                SectionAnswers.version,
            ).outerjoin(SectionAnswers)
        ).all()
        choices = db.session.execute(sa.select(Choice.offering_id, Choice.rank)).all()
        answers = db.session.execute(sa.select(Answer.question_id, Answer.text)).all()
        tasks = db.session.execute(sa.select(WorkTestAttempt.text, WorkTestAttempt.version)).all()
        return [rows, choices, answers, tasks]

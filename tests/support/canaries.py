"""An applicant to an anonymised round whose every word about themselves can be told apart from all others."""

import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reportlab.pdfgen.canvas import Canvas

from portal.domain.anonymity import identity_of, search_text
from portal.domain.questions import Kind
from portal.domain.rounds import Arrival
from portal.domain.submissions import GivenAnswer, canonical, digest, read
from portal.domain.work_tests import HandIn
from portal.extensions import db
from portal.models import (
    Application,
    Round,
    StoredFile,
    Stream,
    StreamApplication,
    User,
    WorkTestAttempt,
    WorkTestHandIn,
)
from portal.services import files
from portal.services.files import Prepared, Upload
from portal.services.work import writing
from tests.support.builders import Builder
from tests.support.files import give_files

NAME, ACCOUNT = "Quillon Zephyrbane", "Quill Zephyrbane-Ott"
EMAIL = "quillon.zb77@example.org"
ANSWERS = {
    "full_name": NAME,
    "pronouns": "xemself-canary",
    "country": "Farawaylandia",
    "city": "Umbrielport",
    "position": "Student at the Institute of Vellichor, where QUILLON ZEPHYRBANE is known",
    "institution": "Institute of Vellichor",
    "story": "I am Quillon, write zbane-codes, and answer at quillon.zb77@example.org. Honest sentence stays.",
    "link_website": "https://zephyrbanepages.example/about-quillon",
    "link_code": "https://github.com/zbane-codes/sparse-toy",
    "link_writing": "https://quillonwrites.substack.com/p/what-i-saw",
    "interests": "As zephyrbane I want probes. See zephyrbanepages.example for more. Second honest sentence.",
    "constraints": "None, says Q\u0075illon\u00a0Zephyrbane.",
}
STREAM_ANSWER = "Quïllon would start small, as Zephyrbane-Ott did."
# What no reader may meet, in no dress.
CANARIES = (
    NAME, ACCOUNT, "Quillon", "Zephyrbane", EMAIL, "quillon.zb77", "zbane-codes", "zephyrbanepages", "quillonwrites",
    "xemself-canary", "Farawaylandia", "Umbrielport", "Institute of Vellichor", "Vellichor-letter.pdf",
    "Vellumtext-inside", "Vellumauthor-meta", "Handin-canary.pdf", "Rosamund Refereeson", "rosamund@canary.example.org",
    "Refereewords about Quillon",
)  # fmt: skip


@dataclass(frozen=True)
class Canary:
    """The applicant, and what else tells of them: refs, numbers, digests, instants as pages print them."""

    user: User
    application: Application
    row: StreamApplication
    files: tuple[StoredFile, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Canaries that are made anew each time: receipt, references and digests of files."""
        submission = self.application.current_submission
        assert submission is not None
        told = [submission.number, submission.digest, submission.salt]
        return (*told, *(each.ref for each in self.files), *(each.sha256 for each in self.files))

    @property
    def instants(self) -> tuple[str, ...]:
        """When it came, in the forms of the pages."""
        at = self.row.first_received_at
        assert at is not None
        return (
            at.strftime("%H:%M:%S"),
            at.strftime("%d %b, %H:%M").lstrip("0"),
            at.isoformat()[:16],
        )


def applicant(make: Builder, round_: Round, stream: Stream, at: datetime) -> Canary:
    """Submitted at an odd second, with a CV, a task handed in, and a reference."""
    user = make.user(ACCOUNT, email=EMAIL)
    received_at = at - timedelta(hours=25, minutes=23, seconds=17)
    application = make.submitted(
        user, round_, [stream], received_at=received_at, stream_answer=STREAM_ANSWER, **ANSWERS
    )
    row = make.arrived(application, stream)
    cv = _file(user, round_, "Vellichor-letter.pdf", at)
    assert application.current_submission is not None
    _ask_for_a_link(application)
    give_files(application.current_submission, cv=cv)
    work = _file(user, round_, "Handin-canary.pdf", at)
    _hand_in(make, stream, row, work, received_at)
    make.referee(
        application, "c" * 32, name="Rosamund Refereeson", email="rosamund@canary.example.org",
        relation="taught Quillon", received_at=received_at, arrival=Arrival.ON_TIME,
        answers={"strength": "Refereewords about Quillon"},
    )  # fmt: skip
    return Canary(user, application, row, (cv, work))


def _file(user: User, round_: Round, name: str, at: datetime) -> StoredFile:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1, pageCompression=0)
    canvas.setAuthor("Vellumauthor-meta")
    canvas.setTitle(f"{NAME}: {name}")
    canvas.drawString(72, 720, f"Vellumtext-inside of {NAME}, {name}")
    canvas.showPage()
    canvas.save()
    prepared = files.prepare(Upload(name, io.BytesIO(target.getvalue())))
    assert isinstance(prepared, Prepared), prepared
    with writing() as session:
        return files.attach(session, user.id, round_.id, prepared, at=at)


def _ask_for_a_link(application: Application) -> None:
    """The stream asked for a link too."""
    submission = application.current_submission
    assert submission is not None
    content = read(submission.content)
    link = GivenAnswer("q9", "Where is it?", "https://gitlab.com/zbane-codes/x", Kind.LINK.value)
    streams = tuple(replace(each, answers=(*each.answers, link)) for each in content.streams)
    content = replace(content, streams=streams)
    submission.content = canonical(content)
    submission.digest = digest(submission.salt, submission.content)
    user = application.user
    who = identity_of(content, user.name, user.email) if application.round.anonymised else None
    submission.search_text = search_text(content, who)
    db.session.commit()


def _hand_in(
    make: Builder, stream: Stream, row: StreamApplication, file: StoredFile, at: datetime
) -> None:
    given = {
        "A report": (HandIn.FILE, "", file.id),
        "A text": (HandIn.TEXT, f"Written by {NAME}, honestly worked.", None),
        "A repository": (HandIn.LINK, "https://codeberg.org/zbane-codes/task", None),
    }
    for title, (kind, text, file_id) in given.items():
        test = make.work_test(stream, title, hand_in=kind)
        attempt = make.keep(
            WorkTestAttempt(
                stream_application_id=row.id, work_test_id=test.id, started_at=at, text=text,
                file_id=file_id, saved_at=at,
            )
        )  # fmt: skip
        make.keep(
            WorkTestHandIn(
                attempt_id=attempt.id, title=title, brief=test.brief, test_version=1, text=text,
                file_id=file_id, closes_at=at + timedelta(days=9), received_at=at, recorded_at=at,
                arrival=Arrival.ON_TIME,
            )
        )  # fmt: skip

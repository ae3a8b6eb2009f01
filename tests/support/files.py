"""Files in submissions that were made straight in the tables."""

import io
from dataclasses import replace
from datetime import datetime

from portal.domain.questions import Kind
from portal.domain.submissions import (
    Content,
    GivenAnswer,
    GivenFile,
    canonical,
    digest,
    read,
)
from portal.extensions import db
from portal.models import Round, StoredFile, Submission, User
from portal.services import files
from portal.services.files import Prepared, Upload
from portal.services.work import writing
from tests.support.pdfs import a_pdf


def keep_file(user: User, round_: Round, name: str, text: str, at: datetime) -> StoredFile:
    """A PDF with this text, checked and stored as an upload is."""
    prepared = files.prepare(Upload(name, io.BytesIO(a_pdf(text))))
    assert isinstance(prepared, Prepared), prepared
    with writing() as session:
        return files.attach(session, user.id, round_.id, prepared, at=at)


def give_files(submission: Submission, **answers: StoredFile) -> None:
    """Make these files, by field, answers of a submission, its digest with them."""

    def given(answer: GivenAnswer) -> GivenAnswer:
        file = answers.get(answer.field)
        if file is None:
            return replace(answer, answer="") if answer.kind == Kind.FILE else answer
        described = GivenFile(file.name, file.size, file.sha256)
        return replace(answer, answer=file.ref, kind=Kind.FILE.value, file=described)

    content: Content = read(submission.content)
    content = replace(
        content,
        sections=tuple(replace(s, answers=tuple(map(given, s.answers))) for s in content.sections),
        streams=tuple(replace(s, answers=tuple(map(given, s.answers))) for s in content.streams),
    )
    submission.content = canonical(content)
    submission.digest = digest(submission.salt, submission.content)
    submission.files = list(answers.values())
    db.session.commit()

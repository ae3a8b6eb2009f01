"""Files from the browser to the row: what is taken, what is refused and why, and that row and bytes are one thing."""

import io

from reportlab.pdfgen.canvas import Canvas

from portal.domain.verdict import Refused
from portal.services import files
from portal.services.files import Prepared, Upload
from portal.services.work import writing
from tests.conftest import NOW


def a_pdf(text: str = "Curriculum vitae") -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    canvas.drawString(72, 720, text)
    canvas.save()
    return target.getvalue()


def prepared(name: str = "cv.pdf", data: bytes | None = None) -> Prepared | Refused:
    return files.prepare(Upload(name, io.BytesIO(a_pdf() if data is None else data)))


def test_a_file_is_kept_bit_by_bit_under_the_name_its_owner_gave_it(make):
    user, round_ = make.user(), make.round()
    found = prepared("张伟 简历.pdf", a_pdf())
    assert isinstance(found, Prepared), found
    with writing() as session:
        row = files.attach(session, user.id, round_.id, found, at=NOW)
    assert row.name == "张伟 简历.pdf"
    with files.opened(row.key) as stored:
        assert stored.read() == a_pdf()

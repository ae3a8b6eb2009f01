"""CVs of invented people: small PDFs written by hand, that say so, for a demo to have files to open."""

from __future__ import annotations

import io
import textwrap
from dataclasses import replace
from hashlib import sha256

from portal.demo.batch import Batch
from portal.demo.drafting import WorkingCopy
from portal.demo.people import DemoPerson
from portal.demo.rounds import Scene
from portal.domain.applications import ABOUT, BACKGROUND
from portal.domain.files import PDF, label
from portal.models import StoredFile
from portal.services import files

WITH_CV = 40  # so many of the first people hand one in: enough to meet, few enough to seed fast
LINE = 88  # characters


def with_cv(
    batch: Batch, scene: Scene, person: DemoPerson, user_id: int, copy: WorkingCopy
) -> WorkingCopy:
    """The form with a CV, for the first people who have written about their background."""
    background = copy.sections.get(BACKGROUND.slug)
    if background is None or person.index % 3 == 2 or person.index >= WITH_CV:
        return copy
    data = cv(copy)
    mark = sha256(f"{scene.number}:{scene.round.slug}:{person.index}:cv".encode()).hexdigest()
    key = f"{mark[:2]}/{mark[:40]}"
    files.keep(key, io.BytesIO(data))
    name = copy.sections[ABOUT.slug].get("full_name", "") or "CV"
    row = batch.add(
        StoredFile,
        ref=f"f{mark[-32:]}",
        key=key,
        user_id=user_id,
        round_id=scene.round.id,
        name=label(f"{name} CV.pdf"),
        media_type=PDF,
        size=len(data),
        sha256=sha256(data).hexdigest(),
        pages=1,
        created_at=scene.calendar.opens_at,
    )
    sections = {**copy.sections, BACKGROUND.slug: {**background, "cv": row["ref"]}}
    return replace(copy, sections=sections, files={row["ref"]: StoredFile(**row)})


def cv(copy: WorkingCopy) -> bytes:
    """One page: who they are, what they do, what they have done."""
    about, background = copy.sections[ABOUT.slug], copy.sections[BACKGROUND.slug]
    place = ", ".join(filter(None, (about.get("city"), about.get("country"))))
    work = ", ".join(filter(None, (background.get("position"), background.get("institution"))))
    lines = [place, work, ""]
    for paragraph in background.get("story", "").splitlines():
        lines += [*textwrap.wrap(paragraph, LINE), ""]
    return one_page(about.get("full_name", ""), [*lines, "Invented for the demonstration."])


def one_page(title: str, lines: list[str]) -> bytes:
    """A PDF of one page in a font that every reader has. Other letters than Latin ones become question marks."""
    shown = [f"BT /F1 20 Tf 72 780 Td ({_text(title)}) Tj /F1 11 Tf 15 TL T* T*"]
    shown += [f"({_text(line)}) Tj T*" for line in lines]
    page = "\n".join([*shown, "ET"]).encode("cp1252")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(out))
    )


def _text(line: str) -> str:
    plain = line.encode("cp1252", "replace").decode("cp1252")
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")

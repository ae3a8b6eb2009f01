"""Small PDFs for tests that need one to be accepted, and forms that carry files."""

import io
from collections.abc import Mapping

from reportlab.pdfgen.canvas import Canvas


def a_pdf(text: str = "Curriculum vitae", pages: int = 1) -> bytes:
    """The same text gives the same bytes."""
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    for _ in range(pages):
        canvas.drawString(72, 720, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def form_data(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> bytes:
    """A multipart body with the boundary "limit", as a browser sends it; `files` are names and bytes by field."""
    parts = [
        f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    for name, (filename, data) in files.items():
        head = f'--limit\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"'
        parts.append(f"{head}\r\nContent-Type: application/pdf\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + b"--limit--\r\n"

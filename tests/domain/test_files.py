"""What files may be called: every script as it is, and nothing that misleads whoever sees or sends the name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import files
from portal.domain.files import KEY, LONGEST_LABEL, REF, label, not_a_pdf


@pytest.mark.parametrize(
    "name",
    [
        "张伟 简历.pdf",
        "نور حديد.pdf",
        "Żółć & co – CV (final) #2.pdf",
        "می‌خواهم.pdf",  # a joiner that Persian is written with
        "résumé.PDF",
        "cv.of.2027.pdf",
        "👩🏽‍🔬 cv.pdf",
    ],
)
def test_honest_names_come_back_as_they_were(name):
    assert label(name) == name
    assert not_a_pdf(name) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\noor\\cv.pdf", "cv.pdf"),
        ("/srv/files/cv.pdf", "cv.pdf"),
        ("cv.pdf\r\nSet-Cookie: a=b", "cv.pdfSet-Cookie: a=b"),
        ("cv\x00.pdf", "cv.pdf"),
        ("cv\u202efdp.exe", "cvfdp.exe"),
        ("\u2066cv\u2069.pdf", "cv.pdf"),
        ("\ufeffcv.pdf", "cv.pdf"),
        ("cv\ud800.pdf", "cv.pdf"),
        ("cv\uffff\ufdd0.pdf", "cv.pdf"),
        ("  cv.pdf. ", "cv.pdf"),
        ("", "file.pdf"),
        ("..", "file.pdf"),
        ("folder/", "file.pdf"),
        ("\r\n\u200b", "file.pdf"),
    ],
)
def test_misleading_names_are_made_plain(name, shown):
    assert label(name) == shown


@pytest.mark.parametrize("letter", ["a", "é", "简", "😀"])
def test_a_long_name_keeps_its_ending_and_whole_letters(letter):
    shown = label(letter * 300 + ".pdf")
    assert LONGEST_LABEL - 4 < len(shown.encode()) <= LONGEST_LABEL
    assert shown.endswith(f"{letter}.pdf")


@given(st.text(alphabet=st.characters(), max_size=400))
def test_any_name_becomes_a_short_printable_line_that_stays_as_it_is(name):
    shown = label(name)
    assert 0 < len(shown.encode()) <= LONGEST_LABEL
    assert not set(shown) & set("/\\\r\n\x00\u202e\u2028")
    assert label(shown) == shown


@pytest.mark.parametrize(
    "name",
    ["a.pdf.html", "cv.docx", "cv", "pdf", ".pdf", "cv.pdf\x00.exe", "cv.pd\u202ef.exe", "cv.pdf "],
)
def test_only_the_ending_of_a_pdf_is_taken(name):
    refusal = not_a_pdf(name)
    assert (refusal is None) == (name == "cv.pdf ")


def test_names_of_the_portal_are_random_and_of_their_form():
    refs, keys = {files.new_ref() for _ in range(100)}, {files.new_key() for _ in range(100)}
    assert len(refs) == len(keys) == 100
    assert all(REF.fullmatch(ref) for ref in refs)
    assert all(KEY.fullmatch(key) for key in keys)

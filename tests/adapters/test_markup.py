"""Markdown made safe to show."""

import pytest

from portal.adapters.markup import to_html, typed_to_html

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://example.org/track.png)",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg/onload=alert(1)>",
    '[x](https://example.org "onmouseover=alert(1)")',
    "<math><mtext></math><style><img src onerror=alert(1)>",
    "{{ 7 * 7 }}",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_becomes_live(payload):
    html = to_html(payload).lower()

    for live in ("<script", "<img", "<svg", "<style", "<iframe", 'href="javascript', 'href="data'):
        assert live not in html
    assert "49" not in html


def test_published_lines_flow_and_typed_lines_break():
    assert to_html("one\ntwo") == "<p>one\ntwo</p>\n"
    assert typed_to_html("one\ntwo") == "<p>one<br>\ntwo</p>\n"


def test_headings_start_below_the_pages_own():
    assert "<h3>Big</h3>" in to_html("# Big")


def test_links_are_kept_and_marked():
    html = to_html("[a paper](https://example.org/p)")
    assert html == '<p><a href="https://example.org/p" rel="nofollow noopener">a paper</a></p>\n'

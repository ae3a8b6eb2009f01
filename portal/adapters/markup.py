"""Markdown that people wrote, made into HTML that is safe to show."""

import re
from collections.abc import Mapping

import nh3
from markdown_it import MarkdownIt


def _parser(*, breaks: bool) -> MarkdownIt:
    # Raw HTML stays text, images are not loaded.
    return (
        MarkdownIt("commonmark", {"html": False, "breaks": breaks}).enable("table").disable("image")
    )


_published = _parser(breaks=False)
_typed = _parser(breaks=True)
_TAGS = {
    "p", "br", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")
_MARK = re.compile("\ue000[^\ue001<>]*\ue001|%EE%80%80.*?%EE%80%81")
_TAG_OR_MARK = re.compile("<[^>]*>|\ue000([^\ue001<>]*)\ue001")
_LOWERED = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}


def to_html(text: str) -> "Html":
    """Safe HTML of published Markdown, whose lines are wrapped at will."""
    return _render(_published, text)


def typed_to_html(text: str) -> "Html":
    """Safe HTML of Markdown that somebody typed into a form, where a new line is meant as one."""
    return _render(_typed, text)


def _render(parser: MarkdownIt, text: str) -> "Html":
    """Links go to http, https and mailto only, marked as not followed; headings start below the page's own."""
    tokens = parser.parse(text)
    for token in tokens:
        token.tag = _LOWERED.get(token.tag, token.tag)
    rendered = parser.renderer.render(tokens, parser.options, {})
    return Html(
        nh3.clean(
            rendered,
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="nofollow noopener",
        )
    )


def with_pieces(text: str, pieces: Mapping[str, str]) -> "Html":
    """`to_html` of `text` in which each `{{ name }}` of `pieces` is replaced by that trusted HTML.

    The pieces are put in after cleaning, once, and between tags only; inside a tag (a link's address) a placeholder
    becomes nothing. Names that are not among the pieces stay as they were written.
    """

    def mark(found: re.Match[str]) -> str:
        return f"\ue000{found[1]}\ue001" if found[1] in pieces else found[0]

    marked = _PLACEHOLDER.sub(mark, text.translate({0xE000: None, 0xE001: None}))

    def put(found: re.Match[str]) -> str:
        return _MARK.sub("", found[0]) if found[0].startswith("<") else pieces.get(found[1], "")

    return Html(_TAG_OR_MARK.sub(put, to_html(marked)))


class Html(str):
    """Markup that templates print as it is; only this module makes it."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

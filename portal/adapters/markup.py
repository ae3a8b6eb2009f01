"""Markdown that people wrote, made into HTML that is safe to show."""

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


class Html(str):
    """Markup that templates print as it is; only this module makes it."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

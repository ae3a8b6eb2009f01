"""Markdown that people wrote, made into HTML that is safe to show."""

import nh3
from markdown_it import MarkdownIt

# Raw HTML stays text, images are not loaded, and a heading inside a text never competes with the page's own.
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable("image")
_TAGS = {
    "p", "br", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_LOWERED = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}


def to_html(text: str) -> "Html":
    """Safe HTML of Markdown `text`: links only to http, https and mailto, marked as not followed."""
    tokens = _parser.parse(text)
    for token in tokens:
        token.tag = _LOWERED.get(token.tag, token.tag)
    rendered = _parser.renderer.render(tokens, _parser.options, {})
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

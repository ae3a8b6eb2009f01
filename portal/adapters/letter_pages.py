"""A letter's text as the HTML that goes beside it: the same words, with our own addresses as links.

No picture, no style that loads anything, no address but ours. Styles stand in the head, where mail programs that know
none of them leave a plain readable text.
"""

import re
from html import escape

LONG_LINE = (
    80  # a line of at least so many characters was broken to fit: the next one goes on with it
)
PATH = r"/[A-Za-z0-9_\-~%./]*[A-Za-z0-9_\-~%/]"

STYLE = """
body { margin: 0; padding: 24px 16px; background: #fbfaf7; color: #1c1b19;
  font: 16px/1.55 "Source Sans 3", system-ui, -apple-system, "Segoe UI", sans-serif; }
main { display: block; max-width: 600px; margin: 0 auto; }
h1 { margin: 0 0 24px; font: 600 22px/1.3 "Source Serif 4", Georgia, serif; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
a { color: #1d4f73; }
footer { display: block; border-top: 1px solid #d8d4cb; padding-top: 16px; color: #5c5850; }
@media (prefers-color-scheme: dark) {
  body { background: #171614; color: #eceae5; }
  a { color: #9cc6e6; }
  footer { border-color: #45423c; color: #b3aea4; }
}
"""


def is_own_link(address: str, base_url: str) -> bool:
    """Whether an address leads to a page of ours, and is nothing but an address."""
    return bool(base_url and re.fullmatch(re.escape(base_url) + f"(?:{PATH})?", address))


def page(subject: str, text: str, base_url: str) -> str:
    """A whole HTML document. The last paragraph, who writes, becomes its foot."""
    paragraphs = [_paragraph(each, base_url) for each in text.split("\n\n") if each.strip()]
    if len(paragraphs) > 1:
        paragraphs[-1] = f"<footer>{paragraphs[-1]}</footer>"
    main = "\n".join(paragraphs)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(subject)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(subject)}</h1>\n{main}\n</main>\n</body>\n</html>\n"
    )


def _paragraph(text: str, base_url: str) -> str:
    lines: list[str] = []
    goes_on = False
    for line in text.strip("\n").split("\n"):
        if goes_on and not line.startswith(" "):
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.rstrip())
        goes_on = len(line) >= LONG_LINE
    return "<p>" + "<br>\n".join(_line(line, base_url) for line in lines) + "</p>"


def _line(line: str, base_url: str) -> str:
    """Indented lines stay apart from the others by a little space."""
    words = _linked(line.lstrip(), base_url)
    return f"&emsp;{words}" if line.startswith(" ") else words


def _linked(text: str, base_url: str) -> str:
    if not base_url:
        return escape(text)
    own = re.compile(
        f"(?<![A-Za-z0-9])({re.escape(base_url)}(?:{PATH})?)(?![A-Za-z0-9@:.-]*[A-Za-z0-9@])"
    )
    # Every second part is an address: that is how a pattern with one group splits.
    return "".join(
        f'<a href="{escape(part)}">{escape(part)}</a>' if number % 2 else escape(part)
        for number, part in enumerate(own.split(text))
    )

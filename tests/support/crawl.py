"""Everything that a browser reaches by following links, and whether something that must not be there is in it.

Used where a person must not meet something at all: an application, a name, an outcome. A crawl that finds nothing
proves nothing by itself: run the search over the pages of somebody who may see it too, where all of it must be found.
"""

import base64
import html
import io
import json
import quopri
import re
import unicodedata
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5, sha1, sha256
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

from bs4 import BeautifulSoup
from pypdf import PdfReader

from tests.support.house import HouseClient

# Addresses that end or change something, or that are the same for everybody and lead everywhere.
LEFT_OUT = re.compile(r"^/(?:logout|static|bootstrap|login)(?:/|$)")


@dataclass(frozen=True)
class Answer:
    """What came back: status, the headers as lines, and the body."""

    address: str
    status: int
    headers: str
    body: bytes
    mimetype: str

    def texts(self) -> Iterator[str]:
        """Everything in it that can be read, also from within a file."""
        yield self.headers
        yield self.address
        text = self.body.decode("utf-8", "replace")
        yield text
        yield self.body.decode("latin-1")
        yield html.unescape(text)
        yield unquote(text)
        if self.body.startswith(b"%PDF"):
            yield from _of_pdf(self.body)
        if self.body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(self.body)) as archive:
                yield from (
                    archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
                )


def _of_pdf(data: bytes) -> Iterator[str]:
    reader = PdfReader(io.BytesIO(data))
    yield from (str(value) for value in (reader.metadata or {}).values())
    yield from (page.extract_text() for page in reader.pages)


def crawl(
    client: HouseClient, starts: Iterable[str], *, within: str = "/", most: int = 600
) -> list[Answer]:
    """Every answer to following each link, form action, image and `next` from `starts` on; only GET is sent.

    `within` is a pattern: other addresses are not followed. Fails rather than stop half-way.
    """
    waiting, seen, answers = deque(starts), set(starts), []
    while waiting:
        address = waiting.popleft()
        response = client.get(address)
        answers.append(_answer(address, response))
        for found in _links(address, answers[-1]):
            if found not in seen and re.match(within, found) and not LEFT_OUT.match(found):
                seen.add(found)
                waiting.append(found)
        response.close()
        assert len(answers) <= most, f"more than {most} pages; the last was {address}"
    return answers


def _answer(address: str, response: object) -> Answer:
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers)  # type: ignore[attr-defined]
    status, body = response.status_code, response.get_data()  # type: ignore[attr-defined]
    return Answer(address, status, headers, body, response.mimetype)  # type: ignore[attr-defined]


def _links(address: str, answer: Answer) -> Iterator[str]:
    found: list[str] = []
    location = re.search(r"(?m)^Location: (.+)$", answer.headers)
    if location:
        found.append(location[1].strip())
    if answer.mimetype == "text/html":
        soup = BeautifulSoup(answer.body, "html5lib")
        for name in ("href", "src", "action", "hx-get", "data-href"):
            found += [str(tag[name]) for tag in soup.find_all(attrs={name: True})]
    elif answer.mimetype == "application/json":
        found += [value for value in _strings(json.loads(answer.body)) if value.startswith("/")]
    for link in found:
        parts = urlsplit(urljoin(f"http://localhost{address}", link))
        if parts.scheme in ("http", "https") and parts.hostname == "localhost":
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def forms_of(canary: str) -> dict[str, str]:
    """A string in every dress in which it could leave a page, folded: raw, encoded, or as a digest."""
    text, raw = canary, canary.encode()
    dresses = {
        "raw": text,
        "NFKD": unicodedata.normalize("NFKD", text),
        "percent": quote(text, safe=""),
        "percent-plus": quote_plus(text),
        "quoted-printable": quopri.encodestring(raw).decode("ascii").strip(),
        "UTF-16": raw.decode().encode("utf-16-le").decode("latin-1"),
        "UTF-16BE": raw.decode().encode("utf-16-be").decode("latin-1"),
        "JSON": json.dumps(text)[1:-1],
        "slug": re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-"),
        "joined": re.sub(r"[^a-z0-9]+", "", text.lower()),
    }
    for name, digest in (("MD5", md5), ("SHA-1", sha1), ("SHA-256", sha256)):
        dresses[name] = digest(raw.lower()).hexdigest()  # as gravatars and the like make them
    # Base64 of a text within another one: from any of three places, without its uncertain ends.
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + raw).decode("ascii")
        dresses[f"base64/{shift}"] = code[-(-shift * 4 // 3) + (1 if shift else 0) :].rstrip("=")[
            :-2
        ]
    return {name: folded(dress) for name, dress in dresses.items() if len(dress) >= 5}


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def traces(answers: Iterable[Answer], canaries: Iterable[str]) -> list[tuple[str, str, str]]:
    """(canary, dress, address) for each canary that an answer holds in some dress."""
    wanted = {canary: forms_of(canary) for canary in canaries}
    found = []
    for answer in answers:
        text = "\n".join(folded(each) for each in answer.texts())
        for canary, dresses in wanted.items():
            hit = next((name for name, dress in dresses.items() if dress in text), None)
            if hit:
                found.append((canary, hit, answer.address))
    return found


def settled(answer: Answer) -> str:
    """A page without what differs each time it is fetched: tokens, nonces, request ids."""
    text = answer.body.decode("utf-8", "replace")
    text = re.sub(r'<input[^>]*name="csrf_token"[^>]*>', "", text)
    text = re.sub(r'nonce="[^"]*"', "", text)
    return re.sub(r'<meta name="csrf[^>]*>', "", text)

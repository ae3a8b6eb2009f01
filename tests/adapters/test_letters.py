"""What people typed stays words in every letter: no header, no markup, no link; and both parts say the same."""

import email
import email.policy
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from portal.adapters import letters, mail
from portal.adapters.letters import BREAK
from portal.adapters.mail import Envelope
from portal.paths import TEMPLATES

AT = datetime(2026, 12, 5, 11, 59, tzinfo=UTC)
KINDS = sorted(path.stem for path in (TEMPLATES / "email").glob("*.txt"))
HOSTILE = (
    "Eve\r\nBcc: all@evil.example.com\r\n\r\n<script>alert(1)</script><a href='https://evil.example.com/x'>prize</a> "
    "[prize](https://evil.example.com) www.evil.example.com {{7*7}} javascript:alert(1)\u202emoc\u2028X-Evil: 1"
)
BASE = "http://localhost"


class Hostile(str):
    """Typed words that also have every part a template may ask for."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return AT if name.endswith("_at") else Hostile(HOSTILE)


def values_for(kind):
    """A hostile value for each name that the template asks for."""
    source = (TEMPLATES / "email" / f"{kind}.txt").read_text()
    found = {name: Hostile(HOSTILE) for name in re.findall(r"\b([a-z_]+)\b", source)}
    found.update(
        {
            name: AT
            for name in found
            if name.endswith(("_at", "_until")) or name in ("now", "before")
        }
    )
    found.update({name: f"{BASE}/x/token" for name in found if name in letters.LINKS})
    found.update(dict.fromkeys(("total", "missing", "count", "test_id"), 2))
    choices = [(HOSTILE, HOSTILE, AT)]
    decided = [SimpleNamespace(stream=HOSTILE, outcome="accept", reason=HOSTILE)]
    streams = [HOSTILE] if kind == "draft_reminder" else [(HOSTILE, 2)]
    found.update(choices=choices, decisions=decided, streams=streams)
    # What the programme itself answers or gives as a reason may hold an address: the text keeps it readable.
    staff = re.findall(r"(\w+) \| staff_lines", source)
    found.update(dict.fromkeys(staff, "See <b>below</b>."))
    for name in ("programme", "base_url", "contact_address", "loop"):
        found.pop(name, None)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_words_stay_words_in_every_letter(app, kind):
    letter = letters.write(kind, **values_for(kind))
    envelope = Envelope(
        1, "<1@localhost>", "a@example.org", letter.subject, letter.text, AT, html=letter.html
    )
    raw = mail.compose(envelope, sender="p@example.org", sender_name="P").as_bytes()
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert {"Bcc", "Cc", "X-Evil"}.isdisjoint(read.keys())
    assert len(read.get_all("To")) == 1
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    text, page = (part.get_content() for part in read.iter_parts())
    assert "\u202e" not in text
    for part in (read["Subject"], text):
        assert not re.search(r"evil\.example|https://evil|www\.evil", part)
    soup = BeautifulSoup(page, "html5lib")
    assert not soup.find_all(["script", "img", "iframe", "form", "object", "link"])
    assert all(a["href"] == BASE or a["href"].startswith(BASE + "/") for a in soup.find_all("a"))
    assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert "49" not in page.replace("#", "")[page.index("<body>") :]


@pytest.mark.parametrize("kind", KINDS)
def test_both_parts_say_the_same(app, kind):
    letter = letters.write(kind, **values_for(kind))
    main = BeautifulSoup(letter.html, "html5lib").main
    main.h1.extract()
    said = " ".join(main.get_text(" ").split())
    assert re.sub(r"\s+", "", said) == re.sub(r"\s+", "", letter.text)


def test_own_addresses_become_links_and_names_read_as_they_were(app):
    letter = letters.write("account_confirm", user=SimpleNamespace(name="Dr. Ada St. Mary"),
                           confirmation_link=f"{BASE}/confirm/a.b-c_d")  # fmt: skip
    links = [a["href"] for a in BeautifulSoup(letter.html, "html5lib").find_all("a")]
    assert links == [f"{BASE}/confirm/a.b-c_d", f"{BASE}/confirm"]
    assert "Dear Dr. Ada St. Mary," in letter.text


def test_break_is_all_that_an_address_in_a_name_gains(app):
    assert letters.without_links("see evil.com") == f"see evil.{BREAK}com"
    assert letters.without_links("v1.5 and J. R. Smith") == "v1.5 and J. R. Smith"

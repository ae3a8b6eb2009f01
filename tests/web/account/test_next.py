"""Where a form sends people on to is a page of ours, whatever an address or a form says."""

from urllib.parse import quote, urlsplit

import pytest

from portal.web.redirects import is_own_page
from tests.web.account.steps import PASSWORD, letters, link_in, register, sign_in

ELSEWHERE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "\\/evil.example", "/\\/evil.example", "\t//evil.example", "/\t/evil.example", "\n//evil.example",
    "/\n/evil.example", "/\r/evil.example", "\r\n//evil.example", "/x\r\nLocation: https://evil.example",
    " //evil.example", "\x00//evil.example", "/\x00/evil.example", "\x19////evil.example", "\u00a0//evil.example",
    "\u200b//evil.example", "/\u200b/evil.example", "/\u202e/evil.example", "https://evil.example", "HTTPS://evil.example",
    "http:evil.example", "https:/evil.example", "https:///evil.example", "http:\\\\evil.example", "ftp://evil.example/x",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,evil.example", "vbscript:x", "evil.example",
    "evil.example/apply",
    "//localhost@evil.example", "//evil.example#/apply", "//evil.example?/apply", "https://localhost.evil.example",
    "https://localhost@evil.example/", "%2F%2Fevil.example", "%5C%5Cevil.example", "%09//evil.example",
    "http://[::1", "//[evil.example", "?next=//evil.example", "#//evil.example", "", ".", "..//evil.example",
]  # fmt: skip
OWN = [
    "/apply",
    "/apply/summer-2027?x=1&y=2",
    "/apply#part",
    "/apply/été",
    "/a//b",
    "/apply?u=https://evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_what_leads_elsewhere_is_no_page_of_ours(target):
    assert not is_own_page(target)


@pytest.mark.parametrize("target", OWN)
def test_pages_of_ours_are(target):
    assert is_own_page(target)


def is_here(location):
    """What a browser makes of a redirect: tabs and line ends dropped, backslashes turned."""
    seen = location.strip().replace("\t", "").replace("\r", "").replace("\n", "").replace("\\", "/")
    parts = urlsplit(seen)
    return not parts.netloc and not parts.scheme and not seen.startswith("//")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_step_around_signing_in_leads_elsewhere(client, mira, target):
    """In the address, in the form and in both; signing in, registering, signing out, and what comes after."""
    places = []
    for path in ("/login", "/register"):
        places.append(client.get(f"{path}?next={quote(target, safe='')}"))
    form = {"email": mira.email, "password": PASSWORD, "next": target}
    places.append(client.submit("/login", form, page="/login", query_string={"next": target}))
    places.append(client.get("/account/start", query_string={"next": target}))
    places.append(client.get("/login", query_string={"next": target}))  # signed in already
    places.append(
        client.submit("/logout", {"next": target}, page="/account", query_string={"next": target})
        if client.get("/account").status_code == 200
        else client.get("/login")
    )
    for answer in places:
        assert is_here(answer.headers.get("Location", "/")), answer.request.url
        assert "\n" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("target", ["//evil.example", "\t//evil.example", "/\\evil.example"])
def test_links_in_mail_lead_nowhere_else_either(client, target):
    register(client)
    link = link_in(letters("account_confirm")[0])
    for answer in (
        client.get(link, query_string={"next": target}),
        client.submit(link, {"next": target}, query_string={"next": target}),
    ):
        assert is_here(answer.headers.get("Location", "/"))
    client.submit("/reset", {"email": "mira@example.org"})
    link = link_in(letters("account_reset")[0])
    form = {"password": "four brown umbrellas", "next": target}
    answer = client.submit(link, form, query_string={"next": target})
    assert answer.headers["Location"] == "/login"
    assert sign_in(client, "mira@example.org", "four brown umbrellas").headers["Location"] == (
        "/account/start"
    )

"""Nobody learns from a form whose address has an account: text, status, headers and cookies are the same for all.

`bench/sign_in.py` compares the time that they take.
"""

import random
import re

import pytest

from portal.extensions import db
from portal.models import User
from tests.web.account.steps import PASSWORD, registration, with_password

TRIES = 5  # of each kind and form, in mixed order
KINDS = ("known", "unknown", "disabled", "unconfirmed", "closed", "without a password")
FORMS = {
    "/register": lambda email: registration(email=email, password="four brown umbrellas"),
    "/login": lambda email: {"email": email, "password": "a wrong guess"},
    "/reset": lambda email: {"email": email},
    "/confirm": lambda email: {"email": email},
}
TOKEN = re.compile(r'(name="csrf_token"[^>]*value="|nonce[-=]"?)[^"\' ]+')


@pytest.fixture
def addresses(make):
    """As many of each kind as there are tries, so that no try changes what the next one meets."""
    hashed = with_password(make.user("First Person")).password
    found = {kind: [f"{kind.split()[0]}{n}@example.org" for n in range(TRIES)] for kind in KINDS}
    for kind, emails in found.items():
        if kind == "unknown":
            continue
        for email in emails:
            user = make.user(f"Somebody {email.partition('@')[0]}", email=email, password=hashed)
            user.active = kind not in ("disabled", "closed")
            user.closed_at = user.created_at if kind == "closed" else None
            user.confirmed_at = None if kind == "unconfirmed" else user.confirmed_at
            user.password = None if kind == "without a password" else hashed
    db.session.commit()
    return found


def seen(client, path, email):
    """All that a browser sees of the answer and of the page that it leads to, without what is random."""
    client._cookies.clear()
    answer = client.submit(path, FORMS[path](email))
    pages = [answer]
    if answer.status_code == 302:
        pages.append(client.get(answer.headers["Location"]))
    return [_masked(page, email) for page in pages]


def _masked(page, email):
    body = TOKEN.sub(r"\1", page.text).replace(email, "EMAIL")
    names = [cookie.partition("=")[0] for cookie in page.headers.getlist("Set-Cookie")]
    headers = [
        (name, TOKEN.sub(r"\1", value))
        for name, value in page.headers
        if name not in ("Set-Cookie", "Content-Length")
    ]
    return page.status_code, headers, names, body


@pytest.mark.parametrize("path", FORMS)
def test_the_answer_is_the_same_for_every_kind_of_account(client, addresses, path):
    tries = [(kind, email) for kind, emails in addresses.items() for email in emails]
    random.Random(1).shuffle(tries)
    answers = {}
    for kind, email in tries:
        answers.setdefault(kind, []).append(seen(client, path, email))
    expected = answers["unknown"][0]
    for kind, found in answers.items():
        for each in found:
            assert each == expected, f"{path}: {kind} can be told from unknown"


@pytest.mark.parametrize("kind", ["disabled", "unconfirmed", "closed"])
def test_even_the_right_password_says_no_more(client, addresses, kind):
    """Whoever guessed the password of a disabled account must not learn that it was the right one."""
    email, unknown = addresses[kind][0], addresses["unknown"][0]

    def answer(to):
        client._cookies.clear()
        return _masked(client.submit("/login", {"email": to, "password": PASSWORD}), to)

    assert answer(email) == answer(unknown)


def test_the_address_is_not_looked_up_by_other_ways(client, addresses):
    """The sign-in page asks nobody; there is no address that tells whether a name or an address is taken."""
    rules = [str(rule) for rule in client.application.url_map.iter_rules()]
    assert not [rule for rule in rules if re.search(r"exists|available|check-(e?mail|name)$", rule)]


def test_control_a_difference_would_be_seen(client, addresses, monkeypatch):
    """One sentence more for a known address, and the comparison fails."""
    known, unknown = addresses["known"][0], addresses["unknown"][0]
    assert seen(client, "/login", known) == seen(client, "/login", unknown)
    stored = db.session.query(User).filter_by(email=known).one().password
    assert stored
    form = client.application.extensions["security"].forms["login_form"].cls
    plain = form.validate

    def telling(self, **kwargs):
        good = plain(self, **kwargs)
        if self.user is not None:
            self.password.description = "You know this one."
        return good

    monkeypatch.setattr(form, "validate", telling)
    assert seen(client, "/login", known) != seen(client, "/login", unknown)

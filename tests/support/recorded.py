"""Every request that the pages of the access tables' world offer: each address, each form with what stands in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.access.asking import Quick, token_for, undone
from tests.access.conftest import World
from tests.access.table import Cell, cells

Fields = tuple[tuple[str, str], ...]
# Who is asked first: the person with the fewest rights who may use an address.
ASKERS = ("anonymous", "applicant", "mentor", "admin")
# Hand-written where no page of this world shows the form: what a browser, or its script, sends there.
UNSHOWN: dict[str, Fields] = {
    "/apply/<round>/offline": (("text", "About you"),),
    "/apply/<round>/<section>/draft": (("version", "1"), ("full_name", "Ana"), ("writer", "1")),
    "/apply/<round>/work-tests/<int:test_id>/draft": (("version", "0"), ("text", "Begun.")),
    "/review/<int:application>/conflict": (("reason", "We wrote a paper together."),),
    "/account/sign-ins/<int:sign_in_id>/end": (),
    "/admin/rounds/<slug>/decisions/release": (("count", "1"), ("seen", "1")),
}


# What stands in fields that a page shows empty, so that the form is taken: by the end of its name.
FILLED = {
    "email": "new.person@example.org", "day": "2026-12-24", "clock": "10:00", "places": "3", "hours": "4",
    "word_limit": "150", "minutes": "10", "rank": "1", "number": "1", "password": "seven green lanterns",
    "kind": "long_text", "code": "123456", "next": "", "came_from": "", "seen": "", "version": "", "asked": "",
    "turn": "", "writer": "", "page": "", "source": "", "unheard": "", "unheard_too": "", "mentor": "", "stream": "1",
    "passkey_answer": "", "passkey_ticket": "", "minutes_limit": "", "outcome": "accept", "reader": "1",
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One request of somebody; `fields` in the order in which the form holds them, without its token.

    `offered` names all that stand in the form, also boxes without a tick.
    """

    person: str
    method: str
    rule: str
    address: str
    fields: Fields = field(default=())
    offered: frozenset[str] = frozenset()

    def with_fields(self, *fields: tuple[str, str]) -> "Sent":
        return replace(self, fields=(*self.fields, *fields))


def cells_of(method: str) -> Iterator[Cell]:
    """For each rule the cell of the first who may use it; the admin's where nobody may in this world."""
    found: dict[str, dict[str, Cell]] = {}
    for cell in cells():
        if cell.method == method and cell.person in ASKERS:
            found.setdefault(cell.path, {})[cell.person] = cell
    for by_person in found.values():
        may = (by_person[person] for person in ASKERS if by_person[person].answer == "ok")
        yield next(may, by_person["admin"])


def filled(sent: Sent) -> Sent:
    """The same request with something believable in each field that stood empty."""
    fields = tuple(
        (
            name,
            value.strip()
            or FILLED.get(re.split(r"[-_]", name)[-1], FILLED.get(name, "Some words.")),
        )
        for name, value in sent.fields
    )
    return replace(sent, fields=fields)


def addresses(world: World) -> list[Sent]:
    """Every address that is asked for by GET, by the first who may."""
    return [
        Sent(cell.person, "GET", cell.path, world.address(cell.path)) for cell in cells_of("GET")
    ]


def forms(app: Flask, world: World) -> list[Sent]:
    """Every form that is posted, with what the page that shows it put into it; at least one for each unsafe rule."""
    shown: dict[tuple[str, str], Sent] = {}
    for asked in addresses(world):
        answer = send(app, world, asked)
        for form in _forms_in(app, answer, asked.person, asked.address):
            shown.setdefault((form.person, form.rule), form)
    found = []
    for cell in cells_of("POST"):
        plain = Sent(cell.person, "POST", cell.path, world.address(cell.path))
        plain = plain.with_fields(*UNSHOWN.get(cell.path, ()))
        found.append(shown.get((cell.person, cell.path), plain))
    return found


def _forms_in(app: Flask, answer: TestResponse, person: str, address: str) -> Iterator[Sent]:
    if answer.mimetype != "text/html":
        return
    for form in BeautifulSoup(answer.text, "html.parser").find_all("form"):
        if str(form.get("method", "get")).lower() == "post":
            action = str(form.get("action") or address)
            rule = rule_of(app, "POST", action)
            if rule:
                named = frozenset(str(tag["name"]) for tag in form.find_all(attrs={"name": True}))
                yield Sent(person, "POST", rule, action, tuple(_fields(form)), named)


def rule_of(app: Flask, method: str, address: str) -> str:
    """The rule that an address belongs to, "" where there is none."""
    path = address.split("?")[0]
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except HTTPException:
        return ""
    return str(rule.rule)


def _fields(form: Tag) -> Iterator[tuple[str, str]]:
    """What a browser would send; of radio buttons without a choice the last, so that something is chosen."""
    radios: dict[str, str] = {}
    pressed = False
    for tag in form.find_all(["input", "textarea", "select", "button"]):
        name, kind = str(tag.get("name") or ""), str(tag.get("type") or "")
        value = str(tag.get("value") or "")
        if not name or name == "csrf_token" or kind == "file":
            continue
        if tag.name == "button" or kind == "submit":
            if not pressed:
                yield name, value
            pressed = True
        elif tag.name == "textarea":
            yield name, tag.text.removeprefix("\r").removeprefix("\n")
        elif tag.name == "select":
            yield from ((name, each) for each in _selected(tag))
        elif kind == "radio":
            if tag.has_attr("checked") or name not in radios:
                radios[name] = value
        elif kind != "checkbox" or tag.has_attr("checked"):
            yield name, value
    yield from radios.items()


def _selected(tag: Tag) -> Sequence[str]:
    options = tag.find_all("option")
    chosen = [each for each in options if each.has_attr("selected")]
    if not tag.has_attr("multiple"):
        chosen = chosen[:1] or options[:1]
    return [str(each.get("value", each.text)) for each in chosen]


def browser_of(app: Flask, world: World, person: str) -> FlaskClient:
    """A browser with the cookies that the person began with: what a request does to them ends with it."""
    client = Quick(app, app.response_class)
    client._cookies = dict(world.browsers[person]._cookies)  # type: ignore[attr-defined]
    return client


def send(app: Flask, world: World, sent: Sent, **more: Any) -> TestResponse:
    """The answer, in a world that is the same afterwards."""
    with undone(app):
        return posted(app, world, sent, **more)


def posted(app: Flask, world: World, sent: Sent, **more: Any) -> TestResponse:
    """The answer; what it changed stays."""
    client = browser_of(app, world, sent.person)
    if sent.method != "GET":
        data: dict[str, list[str]] = {"csrf_token": [token_for(app, client)]}
        for name, value in sent.fields:
            data.setdefault(name, []).append(value)
        more.setdefault("data", data)
    response = client.open(sent.address, method=sent.method, **more)
    response.get_data()
    response.close()
    return response

"""What names somebody else's object is answered as what names nothing, and touches nothing of theirs.

Two worlds stand in one database: two applicants, two rounds, two mentors. Every request that the pages of the first
world offer is sent again with each of its ids, one at a time, replaced by the second world's (which also makes every
mismatched nesting), and with an id that nobody has.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.domain.permissions import Policy
from portal.extensions import db
from portal.models import Base, Offering, Referee, Round, StreamApplication, User
from portal.web.policies import policy
from tests.access.asking import undone
from tests.access.conftest import World, build
from tests.access.table import Cell, cells
from tests.support.builders import Builder
from tests.support.fuzzing import replaced
from tests.support.house import HouseClient
from tests.support.recorded import Sent, forms, posted
from tests.support.stored import Rows, differences, rows, written

CANARY = "Zephyrine"
NOTHING = "987654"
# Parts of an address that name no row of anybody.
NO_IDS = {"kind", "field", "filename", "token", "fingerprint", "position", "section"}
# Ids within fields, by the names of fields: what they name, as `Two.ids` knows it.
FIELDS = {
    "/apply/<round>/directions": (r"(?<=rank-)\d+|(?<=:)\d+", "offering"),
    "/review/ranking": (r"(?<=was-)\d+|(?<=rank-)\d+|(?<=outcome-)\d+", "part"),
    "/apply/<round>/<section>/draft": (r"(?<=q)\d+", "question"),
}
VALUES = {"writer": "user", "submission": "submission", "shown": "offering", "stream": "stream"}
PEOPLE = ("applicant", "mentor", "admin")


class Marked(Builder):
    """Makes people and texts that carry the canary."""

    def user(self, name: str = "", **values: Any) -> User:
        return super().user(f"{name} {CANARY}", **values)

    def round(self, name: str = "", **values: Any) -> Round:
        return super().round(f"{name}, the other", **values)

    def submitted(self, *args: Any, **values: Any) -> Any:
        return super().submitted(*args, stream_answer=f"As {CANARY} would.", **values)


@dataclass
class Two:
    """Both worlds, and the ids in each of what fields name."""

    mine: World
    theirs: World
    ids: dict[str, tuple[str, str]]


@pytest.fixture
def two(make: Builder, browser: Callable[..., HouseClient]) -> Two:
    mine = build(make, browser)
    marked = Marked(make.now)
    marked._count = 1000  # its slugs are others
    theirs = build(marked, browser, CANARY.lower())
    return Two(mine, theirs, _ids(mine, theirs))


def _ids(*worlds: World) -> dict[str, tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for world in worlds:
        application = db.session.merge(world.application)
        part = application.stream_applications[0]
        offering = db.session.scalars(
            sa.select(Offering.id).where(Offering.stream_id == part.stream_id)
        ).first()
        values = world.values("/review/")
        for name, key in {
            "offering": offering,
            "part": part.id,
            "question": values["question_id"],
            "user": application.user_id,
            "submission": application.current_submission_id,
            "stream": part.stream_id,
        }.items():
            found.setdefault(name, []).append(str(key))
    return {name: (keys[0], keys[1]) for name, keys in found.items()}


@dataclass(frozen=True)
class Swap:
    """One request with an id of theirs in it, and the same with one of nobody; `open`: what theirs is, may be met."""

    what: str
    theirs: Sent
    nothing: Sent
    open: bool = False


def swaps(app: Flask, two: Two) -> Iterator[Swap]:
    bodies = {(sent.person, sent.rule): sent for sent in forms(app, two.mine)}
    for cell in cells():
        if cell.person in PEOPLE and cell.answer == "ok":
            plain = Sent(cell.person, cell.method, cell.path, two.mine.address(cell.path))
            sent = bodies.get((cell.person, cell.path), plain) if cell.method == "POST" else plain
            yield from _in_address(two, cell, replace(sent, address=plain.address))
            yield from _in_fields(two, sent)


def _in_address(two: Two, cell: Cell, sent: Sent) -> Iterator[Swap]:
    named = [n for n in re.findall(r"<(?:\w+:)?(\w+)>", cell.path) if n not in NO_IDS]
    for name in named:
        mine, theirs = two.mine.values(cell.path), two.theirs.values(cell.path)
        if mine[name] == theirs[name]:
            continue
        alone = len(named) == 1
        public = not cell.path.startswith(("/admin", "/review", "/apply", "/account", "/files"))
        # A round is everybody's; what is not in it is not there, as the other names of the address show.
        round_of_ones_own = name == "round" and cell.path.startswith("/apply")
        may = round_of_ones_own or (alone and (public or cell.person == "admin"))
        if may and cell.person == "admin":
            continue  # admins may meet every object of every round
        number = isinstance(mine[name], int)
        none = NOTHING if number else re.sub(r"[A-Za-z0-9]", "0", str(theirs[name]))
        missing = {**mine, name: none}
        if cell.person == "admin" and name == named[0] and not alone:
            # Admins may meet the outer object: what is compared is another thing that is not in it.
            missing = {**mine, name: theirs[name], named[-1]: NOTHING}
        yield Swap(
            f"{cell.person}: {cell.method} {cell.path} <{name}>",
            replace(sent, address=_with(cell.path, {**mine, name: theirs[name]})),
            replace(sent, address=_with(cell.path, missing)),
            may,
        )


def _with(rule: str, values: dict[str, object]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), rule)


def _in_fields(two: Two, sent: Sent) -> Iterator[Swap]:
    for place, (name, value) in enumerate(sent.fields):
        pattern, kind = FIELDS.get(sent.rule, ("(?!)", ""))
        if name in VALUES and value:
            pair = [(name, each) for each in (two.ids[VALUES[name]][1], NOTHING)]
        elif kind and re.search(pattern, name):
            pair = [(re.sub(pattern, each, name), value) for each in (two.ids[kind][1], NOTHING)]
        else:
            continue
        made = []
        for field in pair:
            fields = list(sent.fields)
            fields[place] = field
            made.append(replace(sent, fields=tuple(fields)))
        yield Swap(f"{sent.person}: {sent.method} {sent.rule} {name}", *made)


def settled(text: str, asked: Sent) -> str:
    """The answer without tokens, and without what the request itself named."""
    text = re.sub(r'nonce="[^"]*"|nonce-[\w-]+', "", text)
    text = re.sub(r'value="[\w.\-]{16,}"', "", text)
    path = asked.address.split("?")[0]
    for dress in (quote(path, safe=""), quote(path), path, path.rsplit("/", 1)[0]):
        text = text.replace(dress, "PATH")
    values = {value for _, value in asked.fields if value}
    return re.sub(r'value="([^"]*)"', lambda m: "" if m[1] in values else m[0], text)


def met(app: Flask, world: World, sent: Sent) -> tuple[int, str, str, Rows]:
    """Status, raw text, settled text, and what then stands in the tables that were written to."""
    with undone(app), written() as tables:
        answer = posted(app, world, sent)
        headers = f"{answer.headers.get('Location', '')} {answer.mimetype}\n"
        text = headers + answer.get_data().decode("utf-8", "replace")
        return answer.status_code, text, settled(text, sent), rows(tables)


def theirs_of(found: Rows, canary_ids: tuple[int, set[int], set[int]]) -> Rows:
    """The rows that belong to the other applicant: by account, application or stream application."""
    user, applications, parts = canary_ids
    wanted = {"user_id": {user}, "applicant_id": {user}, "application_id": applications}
    wanted["stream_application_id"] = parts
    mine = {}
    for table, every in found.items():
        own = [
            row
            for row in every
            if any(row.get(name) in keys for name, keys in wanted.items())
            or (table == "users" and row["id"] == user)
            or (table == "applications" and row["id"] in applications)
        ]
        mine[table] = own
    return mine


def owned(two: Two) -> tuple[int, set[int], set[int]]:
    user = int(two.ids["user"][1])
    application = db.session.merge(two.theirs.application)
    found = db.session.scalars(
        sa.select(StreamApplication.id).where(StreamApplication.application_id == application.id)
    )
    return user, {application.id}, set(found)


@dataclass(frozen=True)
class Before:
    """Who the other applicant is, and what they have, before anything is asked."""

    who: tuple[int, set[int], set[int]]
    rows: Rows


def before(two: Two) -> Before:
    who = owned(two)
    return Before(who, theirs_of(rows(set(Base.metadata.tables)), who))


def wrong_with(app: Flask, two: Two, swap: Swap, stood: Before) -> list[str]:
    status, raw, text, after = met(app, two.mine, swap.theirs)
    found = []
    if CANARY.casefold() in raw.casefold().replace(swap.theirs.address.casefold(), ""):
        found.append("leaks")
    own = theirs_of(after, stood.who)
    changed = differences({name: stood.rows[name] for name in own}, own)
    if changed:
        found.append(f"writes to {sorted(changed)}")
    if not swap.open:
        other_status, _, other, other_after = met(app, two.mine, swap.nothing)
        if (status, text) != (other_status, other):
            found.append(f"answers {status}, nothing {other_status}")
        if after.keys() != other_after.keys():
            found.append(f"writes {sorted(after)}, nothing {sorted(other_after)}")
    return [f"{swap.what}: {each}" for each in found]


def test_ids_of_others_are_ids_of_nothing(app: Flask, two: Two) -> None:
    wrong, asked, stood = [], 0, before(two)
    for swap in swaps(app, two):
        asked += 1
        wrong += wrong_with(app, two, swap, stood)

    assert not wrong, "\n".join(wrong)
    assert asked > 150


def test_a_page_that_looks_an_id_up_by_itself_is_found(app: Flask, two: Two) -> None:
    """The control: a view that shows, and one that says otherwise that it is there."""

    @policy(Policy.SIGNED_IN)
    def naive(referee: int, **_: str) -> str:
        found = db.session.get(Referee, referee)
        return f"<p>{found.application.user.name}</p>" if found else ("", 404)  # type: ignore[return-value]

    rule = "/apply/<round>/references/<int:referee>"
    cell = Cell("GET", rule, "applicant", "ok")
    sent = Sent("applicant", "GET", rule, two.mine.address(rule))
    swap = list(_in_address(two, cell, sent))[-1]
    assert wrong_with(app, two, swap, before(two)) == []
    endpoint, _ = app.url_map.bind("localhost").match(sent.address, "GET")
    with replaced(app, endpoint, naive):
        said = " ".join(wrong_with(app, two, swap, before(two)))

    assert "leaks" in said
    assert "answers 200, nothing 404" in said

"""Sign-ins by the hundred a second beside people who write: what a flood costs those who are signed in.

    .venv/bin/python -m bench.flood

A real `portal serve` (one process, eight threads, SQLite). Fifty people save a section every few seconds: first alone,
then beside 200 tries a second from one address, then beside as many from fifty addresses, which stay below each limit.
"""

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import aiohttp

from bench import report
from bench.storm import servers, world
from bench.storm.world import Person
from portal import clock

PEOPLE, EVERY = 50, 5.0  # who save, and the seconds from one save to the next
RATE, TOGETHER = 200, 400  # tries a second, and how many may be under way
MOST_P99 = 2000.0  # ms
SECTION = "/apply/storm/background"
DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FORM = "application/x-www-form-urlencoded"


@dataclass
class Part:
    """One part of the measurement. `ms` of saves, `failed` of them; `tries` by their status."""

    label: str
    networks: Sequence[str]
    ms: list[float] = field(default_factory=list)
    failed: int = 0
    tries: Counter[int | str] = field(default_factory=Counter)

    @property
    def p99(self) -> float:
        return quantiles(self.ms, n=100)[98]


class Savers:
    """Fifty signed-in people, each with the version that their section stands at."""

    def __init__(self, port: int, people: Sequence[Person]) -> None:
        self.base, self.people = f"http://127.0.0.1:{port}", people
        self.versions = dict.fromkeys(range(len(people)), 1)

    async def save(self, number: int, part: Part, until: float) -> None:
        person = self.people[number]
        await asyncio.sleep(EVERY * number / len(self.people))
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(force_close=True),  # a kept one may end as it is used
        ) as session:
            while time.time() < until:
                version = self.versions[number]
                answers = {**person.background, "position": f"Save {version}", "then": "list"}
                body = urlencode({**answers, "csrf_token": person.token, "version": version})
                began = time.perf_counter()
                async with session.post(
                    self.base + SECTION,
                    data=body.encode(),
                    headers=_headers(person.cookie, SECTION),
                    allow_redirects=False,
                ) as answer:
                    await answer.read()
                part.ms.append((time.perf_counter() - began) * 1000)
                part.failed += answer.status != 302
                self.versions[number] += answer.status == 302
                await asyncio.sleep(max(0.0, EVERY - (time.perf_counter() - began)))


def _headers(cookie: str, path: str) -> dict[str, str]:
    return {
        "Cookie": cookie,
        "Host": servers.HOST,
        "Referer": f"https://{servers.HOST}{path}",
        "Content-Type": FORM,
    }


class Flood:
    """Wrong sign-ins from one address of this machine, each with a ticket that is good."""

    def __init__(self, base: str, network: str, number: int) -> None:
        connector = aiohttp.TCPConnector(local_addr=(network, 0), limit=0)
        self.session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=60),
        )
        self.url, self.number = f"{base}/login", number
        self.cookie = self.token = ""

    async def open(self) -> None:
        async with self.session.get(self.url, headers={"Host": servers.HOST}) as answer:
            found = TOKEN.search(await answer.text())
            assert found
            self.token = found[1]
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]

    async def one(self, part: Part) -> None:
        email = f"somebody{part.tries.total() % 1000}@example.org"
        body = urlencode({"email": email, "password": "a wrong guess", "csrf_token": self.token})
        try:
            async with self.session.post(
                self.url, data=body.encode(), headers=_headers(self.cookie, "/login"), allow_redirects=False
            ) as answer:  # fmt: skip
                await answer.read()
                part.tries[answer.status] += 1
        except (TimeoutError, aiohttp.ClientError, OSError):
            part.tries["no answer"] += 1


async def _flood(base: str, part: Part, until: float) -> None:
    floods = [Flood(base, network, number) for number, network in enumerate(part.networks)]
    for flood in floods:
        await flood.open()
    under_way: set[asyncio.Task[None]] = set()
    began, sent = time.time(), 0
    while time.time() < until:
        while sent < (time.time() - began) * RATE and len(under_way) < TOGETHER:
            task = asyncio.create_task(floods[sent % len(floods)].one(part))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            sent += 1
        await asyncio.sleep(0.005)
    await asyncio.gather(*under_way)
    for flood in floods:
        await flood.session.close()


async def _part(savers: Savers, part: Part, seconds: float) -> None:
    until = time.time() + seconds
    work = [savers.save(number, part, until) for number in range(len(savers.people))]
    if part.networks:
        work.append(_flood(savers.base, part, until))
    await asyncio.gather(*work)


def run(seconds: float) -> list[Part]:
    """Three parts of so many seconds each, and what it takes to set them up."""
    parts = [
        Part("alone", []),
        Part("200 tries a second from one address", ["127.0.0.66"]),
        Part("as many from fifty addresses", [f"127.0.1.{n}" for n in range(1, 51)]),
    ]
    with tempfile.TemporaryDirectory() as name, servers.mail_server() as (_, mail_port):
        folder = Path(name)
        environ = {
            **servers.environ(folder, None, mail_port),
            "PORTAL_WORKERS": "1",
            "PORTAL_REDIS_URL": "",
        }
        command = [sys.executable, "-m", "portal", "init"]
        subprocess.run(command, env=environ, cwd=servers.ROOT, check=True)
        world.make(environ, world.Plan(people=PEOPLE, stragglers=0), folder)
        people, port = world.load(folder), servers.free_port()
        server = servers.Server(environ, port)
        try:
            savers = Savers(port, people)
            asyncio.run(_part(savers, Part("warming up", []), EVERY))
            for part in parts:
                asyncio.run(_part(savers, part, seconds))
        finally:
            server.stop()
    return parts


def table(parts: Sequence[Part]) -> str:
    lines = [
        f"**A flood of sign-ins**: {PEOPLE} people each save a section every {EVERY:.0f} s",
        "",
        "| beside | saves | failed | p50 ms | p99 ms | tries | hashed | 429 | 503 | p99 below 2 s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for part in parts:
        tries = part.tries
        cells = [
            part.label, f"{len(part.ms)}", f"{part.failed}", f"{median(part.ms):.0f}",
            f"{part.p99:.0f}", f"{tries.total():,}", f"{tries[200]:,}", f"{tries[429]:,}",
            f"{tries[503]:,}", "yes" if part.p99 < MOST_P99 and not part.failed else "**no**",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    others = sum((part.tries for part in parts), Counter[int | str]())
    odd = {status: count for status, count in others.items() if status not in (200, 429, 503)}
    if odd:
        lines += ["", f"Other answers to tries: {odd}."]
    return "\n".join(lines)


def report_all(command: str, *, write: bool, seconds: float = 30) -> None:
    """Takes some two minutes."""
    tables = [table(run(seconds))]
    tables.insert(0, report.conditions(command, clock.now()))
    print("\n\n".join(tables))
    if write:
        report.write(DOCUMENT, tables, "flood")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.flood")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    report_all("python -m bench.flood", write=given.write, seconds=given.seconds)

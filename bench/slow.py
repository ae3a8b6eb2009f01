"""Slow but honest uploads beside stalled connections, through the front server of deploy/nginx.conf.

    .venv/bin/python -m bench.slow

Two hundred clients begin a request and never finish it; one uploads 2 MB at 20 kB a second; others save a section once
a second. Measured with nginx in front, as documented, and without.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

import aiohttp

from bench.storm import servers, world
from bench.storm.client import BOUNDARY, multipart
from bench.storm.pdf import pdf
from bench.storm.world import Person

STALLED = 200
UPLOAD = 2_000_000
RATE = 20_000
SAVERS = 10
PAGE = "/apply/storm/background"


@dataclass
class Outcome:
    """`ms` of the savers' requests, `failed` of them, and how the upload ended (status, seconds)."""

    ms: list[float] = field(default_factory=list)
    failed: int = 0
    upload: tuple[int, float] = (0, 0.0)

    def __str__(self) -> str:
        p99 = quantiles(self.ms, n=100)[98] if len(self.ms) > 20 else float("nan")
        took = f"{len(self.ms)} saves, {self.failed} failed"
        if self.ms:
            took += f", p50 {median(self.ms):,.0f} ms, p99 {p99:,.0f} ms"
        status, seconds = self.upload
        return f"{took}; the upload answered {status or 'nothing'} after {seconds:,.0f} s"


async def _stall(port: int, until: float) -> None:
    """A header line every few seconds, and never the last one."""
    while time.time() < until:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"POST /apply/storm/about HTTP/1.1\r\nHost: {servers.HOST}\r\n".encode())
            while time.time() < until:
                writer.write(b"X-Slow: 1\r\n")
                await writer.drain()
                await asyncio.sleep(5)
            writer.close()
        except OSError:
            await asyncio.sleep(1)


def _headers(person: Person, content_type: str) -> dict[str, str]:
    referer = f"https://{servers.HOST}{PAGE}"
    return {
        "Cookie": person.cookie, "Host": servers.HOST, "Referer": referer, "Content-Type": content_type,
    }  # fmt: skip


async def _save(
    session: aiohttp.ClientSession, base: str, person: Person, until: float, outcome: Outcome
) -> None:
    version = 1
    while time.time() < until:
        answers = {**person.background, "position": f"Save {version}", "then": "list"}
        body = urlencode({**answers, "csrf_token": person.token, "version": version}).encode()
        headers = _headers(person, "application/x-www-form-urlencoded")
        began = time.perf_counter()
        try:
            async with session.post(
                base + PAGE, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                outcome.failed += answer.status != 302
                version += answer.status == 302
        except (TimeoutError, aiohttp.ClientError, OSError):
            outcome.failed += 1
        outcome.ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(1)


async def _upload(
    session: aiohttp.ClientSession, base: str, person: Person, outcome: Outcome
) -> None:
    fields = {**person.background, "csrf_token": person.token, "version": "1", "then": "list"}
    body = multipart(fields, "cv", "cv.pdf", pdf(person.name, UPLOAD))

    async def slowly():
        for start in range(0, len(body), RATE // 2):
            yield body[start : start + RATE // 2]
            await asyncio.sleep(0.5)

    headers = _headers(person, f"multipart/form-data; boundary={BOUNDARY}")
    headers["Content-Length"] = str(len(body))
    began, status = time.time(), 0
    try:
        async with session.post(
            base + PAGE, data=slowly(), headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
            status = answer.status
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        print(f"  the upload: {error!r}")
    outcome.upload = (status, time.time() - began)


async def _clients(port: int, people: list[Person], seconds: float) -> Outcome:
    outcome, until = Outcome(), time.time() + seconds
    timeout = aiohttp.ClientTimeout(total=seconds + 60)
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=0),
        timeout=timeout,
    ) as session:
        base = f"http://127.0.0.1:{port}"
        stalled = [asyncio.create_task(_stall(port, until)) for _ in range(STALLED)]
        await asyncio.sleep(2)
        await asyncio.gather(
            _upload(session, base, people[0], outcome),
            *(_save(session, base, each, until, outcome) for each in people[1 : SAVERS + 1]),
        )
        await asyncio.gather(*stalled)
    return outcome


def run(*, fronted: bool) -> Outcome:
    """Takes some two minutes."""
    seconds = UPLOAD / RATE + 10
    with tempfile.TemporaryDirectory() as name, servers.mail_server() as (_, mail_port):
        folder = Path(name)
        Path(name).chmod(0o755)
        environ = {
            **servers.environ(folder, None, mail_port),
            "PORTAL_WORKERS": "1",
            "PORTAL_THREADS": "8",
        }
        if fronted:
            environ |= servers.FRONTED
        subprocess.run(
            [sys.executable, "-m", "portal", "init"], env=environ, cwd=servers.ROOT, check=True
        )
        world.make(environ, world.Plan(people=SAVERS + 1, stragglers=0), folder)
        people = world.load(folder)
        port = servers.free_port()
        server = servers.Server(environ, port)
        try:
            if not fronted:
                return asyncio.run(_clients(port, people, seconds))
            with servers.nginx(folder, port) as front:
                return asyncio.run(_clients(front, people, seconds))
        finally:
            server.stop()


def main() -> None:
    print(f"Behind nginx: {run(fronted=True)}")
    print(f"Without: {run(fronted=False)}")


if __name__ == "__main__":
    main()

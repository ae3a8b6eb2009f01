"""The people of the storm, in a process of their own: `python -m bench.storm.client FOLDER PORT BEGIN`.

Everybody uploads (if they have a file), opens the check page and presses submit twice; whatever gets no answer is sent
again until there is one. Each answer is written down at once, so that what was acknowledged is known whatever follows.
"""

import asyncio
import hashlib
import json
import random
import re
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlencode

import aiohttp

from bench.storm.pdf import pdf
from bench.storm.servers import HOST
from bench.storm.world import SLUG, Person, load

FILE_BYTES = 1_000_000
SLOW_BYTES = 100_000  # a second
BOUNDARY = "storm-5c1f7e0b9a"
PATIENCE = 240  # seconds after the last press
KEY = re.compile(r'name="key"[^>]*value="([^"]+)"')
NUMBER = re.compile(r"number=([0-9A-Z-]+)")


@dataclass
class Answer:
    """How one thing that a person did ended: `ms` from the first try to the answer, `tries` of them."""

    person: int
    what: str
    began: float
    ended: float
    status: int
    tries: int
    number: str = ""
    sha256: str = ""
    first_ms: float = 0.0


@dataclass
class Storm:
    people: list[Person]
    base: str
    begin: float
    record: TextIO
    session: aiohttp.ClientSession
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.begin + max(person.at for person in self.people) + PATIENCE

    async def run(self) -> None:
        await asyncio.gather(*(self.live(person) for person in self.people))

    async def live(self, person: Person) -> None:
        await asyncio.sleep(max(0.0, self.begin + person.opens - time.time()))
        if person.with_file:
            await self.upload(person)
        key = await self.open_check(person)
        await asyncio.sleep(max(0.0, self.begin + person.at - time.time()))
        if key is not None:
            await asyncio.gather(self.press(person, key, 0.0), self.press(person, key, 0.05))

    async def upload(self, person: Person) -> None:
        bytes_ = pdf(person.name, FILE_BYTES)
        fields = {**person.background, "csrf_token": person.token, "version": "1", "then": "list"}
        raw = multipart(fields, "cv", "张伟 简历.pdf", bytes_)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        answer = await self.insist(person, "upload", "background", raw, headers)
        answer.sha256 = hashlib.sha256(bytes_).hexdigest()
        self.note(answer)

    async def open_check(self, person: Person) -> str | None:
        answer = await self.insist(person, "check", "check", None, {})
        found = KEY.search(answer.number)
        answer.number = ""
        self.note(answer)
        return found[1] if found else None

    async def press(self, person: Person, key: str, wait: float) -> None:
        await asyncio.sleep(wait)
        body = urlencode({"csrf_token": person.token, "key": key}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.note(await self.insist(person, "submit", "submit", body, headers))

    async def insist(
        self, person: Person, what: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        """Send until there is an answer that is not the server's own trouble."""
        answer = Answer(person.user_id, what, time.time(), 0.0, 0, 0)
        referer = f"https://{HOST}/apply/{SLUG}"
        headers = {**headers, "Cookie": person.cookie, "Host": HOST, "Referer": referer}
        while time.time() < self.until:
            answer.tries += 1
            began = time.perf_counter()
            try:
                status, number = await self.once(person, path, body, headers)
            except (TimeoutError, aiohttp.ClientError, OSError):
                status, number = 0, ""
            answer.first_ms = answer.first_ms or (time.perf_counter() - began) * 1000
            answer.status, answer.number, answer.ended = status, number, time.time()
            if status and status < 500 and status != 429:
                break
            await asyncio.sleep(random.uniform(0.2, 1.0))
        return answer

    async def once(
        self, person: Person, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str]:
        address = f"{self.base}/apply/{SLUG}/{path}"
        more: dict[str, Any] = {"headers": headers, "allow_redirects": False}
        if body is None:
            async with self.session.get(address, **more) as answer:
                return answer.status, await answer.text()
        if person.slow and len(body) > SLOW_BYTES:
            more["headers"] = {**headers, "Content-Length": str(len(body))}
            more["data"] = _slowly(body)
        else:
            more["data"] = body
        async with self.session.post(address, **more) as answer:
            await answer.read()
            found = NUMBER.search(answer.headers.get("Location", ""))
            return answer.status, found[1] if found else answer.headers.get("Location", "")

    def note(self, answer: Answer) -> None:
        self.record.write(json.dumps(answer.__dict__) + "\n")
        self.record.flush()


def multipart(fields: dict[str, str], name: str, filename: str, content: bytes) -> bytes:
    """A form with one file, as a browser sends it."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
    parts.append(
        f'{head}"{name}"; filename="{filename}"\r\nContent-Type: application/pdf\r\n\r\n'.encode()
    )
    return b"".join([*parts, content, f"\r\n--{BOUNDARY}--\r\n".encode()])


async def _slowly(body: bytes) -> AsyncIterator[bytes]:
    step = SLOW_BYTES // 5
    for start in range(0, len(body), step):
        yield body[start : start + step]
        await asyncio.sleep(0.2)


async def main(folder: Path, port: int, begin: float) -> None:
    people = load(folder)
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=180)
    with (folder / "answers.jsonl").open("a") as record:
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            await Storm(people, f"http://127.0.0.1:{port}", begin, record, session).run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))

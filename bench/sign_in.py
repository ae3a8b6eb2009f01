"""Whether time tells which address has an account: registering, signing in, resetting and asking for another letter,
for addresses that are known, unknown, disabled and unconfirmed, in mixed order.

    .venv/bin/python -m bench.sign_in

The portal alone (no server between) with the settings of production, limits included: every try comes from an address
of its own.
"""

import argparse
import random
import secrets
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from math import erfc, sqrt
from pathlib import Path
from statistics import median

import flask_migrate
from bs4 import BeautifulSoup
from flask import Flask
from flask_security import hash_password

from bench import report
from portal import clock
from portal.adapters import signing
from portal.app import create_app
from portal.config import Mode, Settings
from portal.domain.accounts import email_key
from portal.extensions import db
from portal.models import User

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BASE = "https://portal.example.org"
PASSWORD, WRONG = "seven green lanterns", "four brown umbrellas"
KINDS = ("unknown", "known", "disabled", "unconfirmed")
FORMS = {
    "/register": "registering",
    "/login": "signing in",
    "/reset": "resetting",
    "/confirm": "another letter",
}
MOST_GAP = 5.0  # ms between medians

Times = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass
class Crowd:
    """A portal with as many accounts of each kind as there are tries."""

    app: Flask
    tries: int
    asked: int = 0

    @classmethod
    def made(cls, folder: Path, tries: int) -> "Crowd":
        settings = Settings(
            mode=Mode.PRODUCTION,
            database_url=f"sqlite:///{folder}/portal.db",
            secret_key=secrets.token_urlsafe(48),
            base_url=BASE,
            data_dir=folder,
            smtp_url="smtp://127.0.0.1",
        )
        signing.make_key(folder)
        app = create_app(settings)
        with app.app_context():
            flask_migrate.upgrade()
            now, hashed = clock.now(), hash_password(PASSWORD)
            for kind in KINDS[1:]:
                for path in FORMS:
                    for number in range(tries):
                        email = address(kind, path, number)
                        db.session.add(
                            User(
                                email=email, email_key=email_key(email), name="Mira Okonjo",
                                created_at=now, password=hashed, active=kind != "disabled",
                                confirmed_at=None if kind == "unconfirmed" else now,
                                fs_uniquifier=secrets.token_hex(32),
                            )
                        )  # fmt: skip
            db.session.commit()
            db.session.remove()
        return cls(app, tries)

    def take(self, path: str, email: str) -> float:
        """One try by a browser and from a network of its own; the milliseconds of its POST."""
        self.asked += 1
        told = {"REMOTE_ADDR": str(IPv4Address("198.18.0.0") + self.asked)}
        client = self.app.test_client()
        page = client.get(path, base_url=BASE, environ_overrides=told)
        token = BeautifulSoup(page.text, "html.parser").find("input", attrs={"name": "csrf_token"})
        assert token is not None, page.text
        form = {
            "email": email, "password": WRONG, "name": "Mira Okonjo", "time_zone": "UTC",
            "of_age": "y", "consent": "y", "csrf_token": token["value"],
        }  # fmt: skip
        headers = {"Referer": f"{BASE}{path}"}
        began = time.perf_counter()
        answer = client.post(
            path, data=form, base_url=BASE, environ_overrides=told, headers=headers
        )
        took = (time.perf_counter() - began) * 1000
        assert answer.status_code in (200, 302), f"{path}: {answer.status}"
        return took


def address(kind: str, path: str, number: int) -> str:
    return f"{kind}.{path[1:]}.{number}@example.org"


def run(tries: int) -> Times:
    times: dict[str, dict[str, list[float]]] = {p: {k: [] for k in KINDS} for p in FORMS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir(mode=0o700)
        crowd = Crowd.made(folder, tries)
        for path in FORMS:
            crowd.take(path, f"warm{path[1:]}@example.org")
        order = [(p, k, n) for p in FORMS for n in range(tries) for k in KINDS]
        random.Random(1).shuffle(order)
        for path, kind, number in order:
            times[path][kind].append(crowd.take(path, address(kind, path, number)))
        with crowd.app.app_context():
            db.engine.dispose()
    return times


def same(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p of Mann and Whitney's test (normal approximation): small where one of them is the slower one."""
    both = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(rank for rank, (_, which) in enumerate(both, 1) if which == 0)
    m, n = len(first), len(second)
    above = ranks - m * (m + 1) / 2 - m * n / 2
    return erfc(abs(above) / sqrt(m * n * (m + n + 1) / 12) / sqrt(2))


def table(times: Times) -> str:
    lines = [
        "**Whether time tells which address has an account**: each kind beside an address that has none",
        "",
        "| form | address | p50 ms | apart ms | p | less than 5 ms apart |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    for path, label in FORMS.items():
        plain = times[path]["unknown"]
        for kind in KINDS:
            own = times[path][kind]
            cells = [label, kind, f"{median(own):.1f}"]
            if kind == "unknown":
                cells += ["", "", ""]
            else:
                apart = median(own) - median(plain)
                holds = "yes" if abs(apart) < MOST_GAP else "**no**"
                cells += [f"{apart:+.1f}", f"{same(own, plain):.2f}", holds]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report_all(command: str, *, write: bool, tries: int = 100) -> None:
    """Takes some seven minutes for 100 tries of each kind at each form."""
    said = report.conditions(command, clock.now())
    tables = [f"{said} Tries of each kind at each form: {tries}.", table(run(tries))]
    print("\n\n".join(tables))
    if write:
        report.write(PAGE, tables, "sign-in")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.sign_in")
    parser.add_argument("--tries", type=int, default=100)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    report_all("python -m bench.sign_in", write=given.write, tries=given.tries)

"""What can be read of accounts: one's own, and for admins those of everybody."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.domain.accounts import sign_in_holds
from portal.domain.permissions import Viewer
from portal.extensions import db
from portal.models import Application, Round, SignIn


@dataclass(frozen=True)
class OpenSignIn:
    id: int
    device: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


def open_sign_ins(viewer: Viewer, this_digest: str | None, now: datetime) -> list[OpenSignIn]:
    """The browsers in which the viewer is signed in, the newest use first."""
    rows = db.session.scalars(
        sa.select(SignIn)
        .where(SignIn.user_id == viewer.user_id, SignIn.ended_at.is_(None))
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    )
    return [
        OpenSignIn(
            row.id, device_of(row.agent), row.created_at, row.seen_at,
            row.token_digest == this_digest,
        )
        for row in rows
        if sign_in_holds(row.created_at, row.seen_at, now)
    ]  # fmt: skip


_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_of(agent: str) -> str:
    """Such as "Firefox on Windows", from what the browser said of itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    return f"{browser} on {system}" if system else browser


def undecided_applications(viewer: Viewer) -> list[str]:
    """Names of rounds in which the viewer has an application that closing the account would withdraw."""
    return list(
        db.session.scalars(
            sa.select(Round.name)
            .join(Application, Application.round_id == Round.id)
            .where(
                Application.user_id == viewer.user_id,
                Application.state == "submitted",
                Round.released_at.is_(None),
            )
            .order_by(Round.name)
        )
    )

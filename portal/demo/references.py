"""Referees of the demo: invented people at example.org, and what they write. A part of the applicants asks any."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from portal.adapters import letters
from portal.demo.applying import Applied
from portal.demo.batch import Batch, Row
from portal.demo.people import stream
from portal.demo.rounds import Scene
from portal.domain.rounds import Arrival
from portal.models import AuditEvent, OutboxMessage, Referee
from portal.services.outbox import message_id

FIRST = ("Amara", "Bruno", "Celia", "Dmitri", "Elif", "Farid", "Greta", "Haruto", "Ines", "Jonas")
LAST = (
    "Abara",
    "Brandt",
    "Castel",
    "Dorn",
    "Ekberg",
    "Fontaine",
    "Grewal",
    "Hoshino",
    "Ilic",
    "Janda",
)
RELATIONS = (
    "supervised my thesis",
    "led the team I worked in",
    "taught me in two courses",
    "wrote a paper with me",
)
ACQUAINTANCE = (
    "I supervised their thesis and met them every week for {n} months.",
    "They worked in my group for {n} months; I read most of their code.",
    "They took two of my courses and stayed for a project of {n} months.",
)
STRENGTH = (
    "They find out why something fails before they change it. When our evaluation gave results that were too good, "
    "they traced it to a leak in the split within two days and wrote down how to notice the next one.",
    "They write clearly while the work goes on, not after it. Their notes on a reproduction that did not succeed are "
    "what new people in the group read first.",
    "They finish. The tool they built for our experiments is still used: it has tests, and says what it cannot do.",
    "They change their mind in public. Halfway through a project they showed that their own first idea could not "
    "work, and the second one did.",
)
MORE = (
    "They could ask for help sooner.",
    "They know less mathematics than others at this stage, and learn it quickly when they need it.",
    "",
)
COMPARISONS = ("best", "tenth", "tenth", "third", "third", "most", "unsure")


def ask(batch: Batch, scene: Scene, applied: Applied, *, shown: bool) -> None:
    """Let somebody ask for references. `shown` applicants get letters that can be read in the demo's mail."""
    rng = stream(scene.number, applied.visit.person.index, "references")
    if not scene.round.max_referees or not (applied.sent or shown):
        return
    if not shown and rng.random() > 0.4:
        return
    asked_at = applied.visit.started_at + (
        scene.calendar.written_until - applied.visit.started_at
    ) * rng.uniform(0.2, 0.6)
    count = 2 if shown or rng.random() < 0.5 else 1
    for position, number in enumerate(rng.sample(range(len(FIRST) * len(LAST)), count)):
        # Of two shown ones the first has answered, the second is waited for.
        fate = (0.0, 0.95)[position] if shown else rng.random()
        token = f"demo-{applied.application_id}-{number}-{rng.getrandbits(128):x}"
        row = _referee(batch, applied, asked_at, number, rng, token)
        _event(batch, scene, row, "reference.asked", asked_at, applied.visit.user_id)
        _settle(batch, scene, row, asked_at, fate, rng)
        if shown and row["received_at"] is None:
            _letter(batch, scene, applied, row, token)


def _referee(
    batch: Batch, applied: Applied, asked_at: datetime, number: int, rng: Random, token: str
) -> Row:
    name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST)]}"
    email = f"{name.lower().replace(' ', '.')}.referee@example.org"
    return batch.add(
        Referee,
        application_id=applied.application_id,
        name=f"Dr. {name}" if number % 3 else name,
        email=email,
        email_key=email,
        relation=rng.choice(RELATIONS),
        letters=1,
        version=2,
        token_digest=sha256(token.encode()).hexdigest(),
        created_at=asked_at - timedelta(minutes=9),
        asked_at=asked_at,
        answers={},
    )


def _settle(
    batch: Batch, scene: Scene, row: Row, asked_at: datetime, fate: float, rng: Random
) -> None:
    """Two thirds have answered within days, some decline, the others are silent."""
    at = asked_at + timedelta(hours=rng.uniform(5, 150))
    if at > scene.calendar.seen_at:
        return
    if fate < 0.7:
        row["answers"] = _answers(rng)
        row["received_at"] = row["saved_at"] = at
        row["saves"] = 1
        row["arrival"] = Arrival.ON_TIME
        _event(batch, scene, row, "reference.received", at, None)
    elif fate < 0.8:
        row["declined_at"] = at
        _event(batch, scene, row, "reference.declined", at, None)


def _answers(rng: Random) -> dict[str, str]:
    return {
        "acquaintance": rng.choice(ACQUAINTANCE).format(n=rng.randint(6, 30)),
        "strength": rng.choice(STRENGTH),
        "comparison": rng.choice(COMPARISONS),
        "more": rng.choice(MORE),
        "contact": rng.choice(("yes", "no")),
    }


def _letter(batch: Batch, scene: Scene, applied: Applied, row: Row, token: str) -> None:
    """The letter with a link that opens, so that a visitor of the demo can write a reference."""
    at, once = row["asked_at"], f"reference-request:{row['id']}"
    letter = letters.write(
        "reference_request",
        name=row["name"],
        applicant=applied.visit.person.name,
        round_name=scene.round.name,
        due_at=scene.round.references_due_at,
        shown=False,
        link=letters.address("reference", token),
    )
    batch.add(
        OutboxMessage,
        message_id=message_id(once),
        dedupe_key=once,
        kind="reference_request",
        recipient=row["email"],
        subject=letter.subject[:300],
        text=letter.text,
        html=letter.html,
        created_at=at,
        next_try_at=at,
        attempts=1,
        sent_at=at + timedelta(seconds=9),
    )


def _event(
    batch: Batch, scene: Scene, row: Row, action: str, at: datetime, actor_id: int | None
) -> None:
    batch.add(
        AuditEvent,
        at=at,
        actor_id=actor_id,
        action=action,
        subject_type="referee",
        subject_id=row["id"],
        round_id=scene.round.id,
        after={},
    )

"""The admin's pages of rounds: create, open, extend, close, and what they refuse."""

from datetime import timedelta

import pytest

from portal.domain.rounds import Phase, phase
from portal.extensions import db
from portal.models import Round
from tests.conftest import NOW


@pytest.fixture
def admin(make):
    return make.admin()


@pytest.fixture
def desk(browser, admin):
    return browser(admin)


@pytest.fixture
def ready(make):
    """A draft round with everything a round needs."""
    round_ = make.round("Summer 2027", published_at=None, opens_at=None, summary="What it is.")
    stream = make.stream(
        round_, "Stream of Mira", mentors=[make.mentor("Mira")], questions=["What would you do?"]
    )
    make.member(stream)
    return round_


def fresh(round_):
    return db.session.get(Round, round_.id)


def test_round_is_created_opened_extended_and_closed(desk, ready):
    address = f"/admin/rounds/{ready.slug}"
    assert "Nothing is red" in desk.page(address).text
    assert desk.submit(f"{address}/open", {"reason": "It is time."}).status_code == 302
    assert phase(fresh(ready), NOW + timedelta(seconds=1)) is Phase.OPEN
    assert "Open" in desk.page(address).text
    later = {
        "closes_at-day": "2026-12-20",
        "closes_at-clock": "23:59",
        "closes_at-zone": "AoE",
        "reason": "The site was down.",
        "tell": "y",
    }
    shown = desk.submit(f"{address}/extend", {**later, "step": "check"})
    assert "11:59:00 UTC" in shown.text
    assert fresh(ready).closes_at == NOW + timedelta(days=14)
    assert desk.submit(f"{address}/extend", later).status_code == 302
    assert fresh(ready).closes_at.isoformat() == "2026-12-21T11:59:00+00:00"

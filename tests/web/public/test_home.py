"""The front page says in one sentence where the round stands, with the time left by the server's clock."""

from datetime import timedelta

import pytest

DAY = timedelta(days=1)


def sentence(client):
    return client.page("/").find(id="state").find_next("p").text


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (
            -8 * DAY,
            "Applications for Summer 2027 open in 1 day, on Sat 14 Nov 2026, 12:00 UTC (Sat 14 Nov",
        ),
        (timedelta(0), "Applications for Summer 2027 are open and close in 14 days."),
        (13 * DAY + timedelta(hours=22), "are open and close in 2 hours."),
        (14 * DAY - timedelta(seconds=90), "are open and close in 1 minute 30 seconds."),
        (
            14 * DAY,
            "Applications for Summer 2027 are closed; all applicants learn their outcome in 31 days",
        ),
        (46 * DAY, "Applications for Summer 2027 are closed and being read."),
    ],
)
def test_home_says_where_the_round_stands(client, make, at, when, said):
    make.round("Summer 2027")
    with at(when):
        assert said in sentence(client)


def test_home_says_that_no_round_is_announced(client, make):
    make.round("Secret", published_at=None)
    assert sentence(client) == "No round has been announced yet."
    assert "Secret" not in client.get("/").text


def test_home_says_that_some_streams_close_sooner_and_that_the_last_are_open(client, make, at):
    round_ = make.round("Summer 2027")
    make.stream(round_, closes_at=make.now + 2 * DAY)
    assert "Some streams close sooner." in sentence(client)
    make.stream(round_, closes_at=make.now + 20 * DAY)
    assert "Some streams close sooner or later." in sentence(client)
    with at(3 * DAY):
        assert "Some streams close later." in sentence(client)
    with at(15 * DAY):
        assert "the last streams still take applications for 5 days" in sentence(client)


def test_home_says_when_decisions_are_out(client, make):
    make.round(
        "Summer 2027",
        closes_at=make.now - 9 * DAY,
        opens_at=make.now - 20 * DAY,
        released_at=make.now - DAY,
    )
    assert "all applicants have learnt their outcome" in sentence(client)


def test_apply_is_offered_while_the_round_is_open_only(client, make, at):
    make.round("Summer 2027")
    assert client.page("/").find("a", string="Apply for Summer 2027")["href"] == "/apply"
    with at(15 * DAY):
        assert client.page("/").find("a", string="Apply for Summer 2027") is None


def test_every_page_shows_the_same_deadline(client, make):
    round_ = make.round("Summer 2027")
    direction = make.direction()
    make.stream(round_, directions=[direction])
    written = "Sat 5 Dec 2026, 12:00 UTC"
    for path in ("/", "/dates", "/directions", f"/directions/{direction.slug}", "/streams"):
        text = client.page(path).find("main").text
        assert written in text, path
        assert "Sat 5 Dec 2026, 00:00 AoE" in text, path
    assert client.get("/api/v1/directions").json["items"][0]["closes_at"] == "2026-12-05T12:00:00Z"
    assert "DTSTART:20261205T120000Z" in client.get("/dates.ics").text

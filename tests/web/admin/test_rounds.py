"""The admin's pages of rounds: create, open, extend, close, and what they refuse."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.rounds import Phase, phase
from portal.extensions import db
from portal.models import Extension, LateDraft, Round
from tests.conftest import NOW

DAY = timedelta(days=1)


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


def test_closing_says_what_it_does_and_closes(desk, ready, make):
    ready.published_at, ready.opens_at = NOW - DAY, NOW - DAY
    make.keep(ready)
    page = desk.page(f"/admin/rounds/{ready.slug}/close")
    assert "120 seconds of grace" in page.text
    answer = desk.submit(f"/admin/rounds/{ready.slug}/close", {"reason": "Enough."})
    assert answer.status_code == 302
    assert phase(fresh(ready), NOW) is Phase.CLOSED
    assert "Enough." in desk.page(f"/admin/rounds/{ready.slug}").text


@pytest.mark.parametrize(
    ("move", "opened", "refusal"),
    [
        ("open", True, "This round has been opened already."),
        ("close", False, "This round is not open."),
        ("extend", False, "This round cannot be extended."),
    ],
)
def test_move_the_state_forbids_is_refused_before_its_form(desk, make, move, opened, refusal):
    round_ = make.round("Winter") if opened else make.round("Winter", published_at=None)
    page = desk.page(f"/admin/rounds/{round_.slug}/{move}", status=409)
    assert refusal in page.text
    assert not page.select("main form")
    assert page.select(f'main a[href="/admin/rounds/{round_.slug}"]')


@pytest.mark.parametrize(("closes_at", "first"), [(NOW + DAY, "Extend…"), (NOW - DAY, "Decisions")])
def test_first_button_of_a_round_is_what_comes_next(desk, make, closes_at, first):
    round_ = make.round("Winter", opens_at=NOW - 9 * DAY, closes_at=closes_at)
    page = desk.page(f"/admin/rounds/{round_.slug}")
    assert [link.text for link in page.select("main a.btn-primary")] == [first]


def test_move_without_a_reason_says_so_at_the_field(desk, ready):
    answer = desk.submit(f"/admin/rounds/{ready.slug}/open", {"reason": " "})
    assert answer.status_code == 200
    assert "Say why" in answer.text
    assert fresh(ready).opens_at is None


def test_opening_a_round_with_red_checks_is_a_409_that_names_them(desk, make):
    round_ = make.round("Bare", published_at=None, opens_at=None)
    assert "the round cannot open" in desk.page(f"/admin/rounds/{round_.slug}").text
    answer = desk.submit(f"/admin/rounds/{round_.slug}/open", {"reason": "Now."})
    assert answer.status_code == 409
    assert "The round has no stream." in answer.text
    assert fresh(round_).opens_at is None


def test_new_round_copies_the_last_one(desk, ready, make):
    form = {
        "name": "Winter 2027",
        "summary": "The next one.",
        "max_choices": "6",
        "grace_seconds": "120",
        "source": str(ready.id),
        "members": "y",
    }
    answer = desk.submit("/admin/rounds/new", form)
    assert answer.status_code == 302
    page = desk.page("/admin/rounds/winter-2027")
    assert "Stream of Mira" in page.text
    assert "Draft: only admins see it." in page.text
    again = desk.submit("/admin/rounds/new", form)
    assert again.status_code == 409
    assert "Choose another name" in again.text


def test_new_round_copies_nothing_unless_asked_to(desk, ready):
    page = desk.page("/admin/rounds/new")
    chosen = page.select("#source option[selected]") or page.select("#source option")
    assert chosen[0]["value"] == ""
    assert ready.name in page.select_one("#source").text
    form = {"name": "Winter 2027", "max_choices": "6", "grace_seconds": "120"}
    assert desk.submit("/admin/rounds/new", form).status_code == 302
    assert "Stream of Mira" not in desk.page("/admin/rounds/winter-2027").text


def test_dates_are_typed_in_a_zone_checked_and_stored_in_utc(desk, ready, make):
    address = f"/admin/rounds/{ready.slug}/dates"
    form = {
        "version": str(ready.version),
        "opens_at-day": "2026-12-01",
        "opens_at-clock": "09:00",
        "opens_at-zone": "UTC",
        "closes_at-day": "2027-01-31",
        "closes_at-clock": "23:59",
        "closes_at-zone": "AoE",
        "release_at-day": "2027-03-15",
        "release_at-clock": "12:00",
        "release_at-zone": "UTC",
        "reason": "The plan.",
    }
    shown = desk.submit(address, {**form, "step": "check"})
    assert "Mon 1 Feb 2027, 11:59 UTC" in shown.text
    assert "until exactly 11:59:00 UTC" in shown.text
    assert fresh(ready).opens_at is None
    assert desk.submit(address, form).status_code == 302
    assert fresh(ready).closes_at.isoformat() == "2027-02-01T11:59:00+00:00"


def test_stale_dates_show_what_stands_and_keep_what_was_typed(desk, ready, make):
    address = f"/admin/rounds/{ready.slug}/dates"
    version = str(ready.version)
    ready.version, ready.release_at = ready.version + 1, NOW + 77 * DAY
    make.keep(ready)
    form = {
        "version": version,
        "closes_at-day": "2027-01-31",
        "closes_at-clock": "23:59",
        "closes_at-zone": "UTC",
        "reason": "The plan.",
    }
    answer = desk.submit(address, form)
    assert answer.status_code == 409
    assert "Somebody saved this" in answer.text
    assert 'value="2027-01-31"' in answer.text
    assert "Sat 6 Feb 2027, 12:00 UTC" in answer.text


def test_time_in_a_gap_is_refused_and_a_fold_is_asked_about(browser, make, ready):
    berlin = make.user("Berlin Admin", is_admin=True, time_zone="Europe/Berlin")
    desk, address = browser(berlin), f"/admin/rounds/{ready.slug}/dates"
    form = {
        "version": str(ready.version),
        "closes_at-day": "2027-03-28",
        "closes_at-clock": "02:30",
        "closes_at-zone": "Europe/Berlin",
        "release_at-day": "",
        "release_at-clock": "",
        "reason": "The plan.",
    }
    gap = desk.submit(address, form)
    assert "does not exist" in gap.text
    fold = {**form, "closes_at-day": "2027-10-31"}
    asked = desk.submit(address, fold)
    assert "happens twice" in asked.text
    assert "Which of the two?" in asked.text
    assert fresh(ready).closes_at == NOW + 14 * DAY
    assert desk.submit(address, {**fold, "closes_at-turn": "second"}).status_code == 302
    assert fresh(ready).closes_at.isoformat() == "2027-10-31T01:30:00+00:00"


def test_half_an_instant_is_asked_for_in_full(desk, ready):
    form = {"version": "1", "closes_at-day": "2027-03-28", "closes_at-clock": "", "reason": "Plan."}
    answer = desk.submit(f"/admin/rounds/{ready.slug}/dates", form)
    assert "Closes: give both a date and a time" in answer.text


def test_saving_dates_unchanged_keeps_the_microseconds(desk, ready, make):
    ready.closes_at = NOW + 14 * DAY + timedelta(microseconds=123456)
    make.keep(ready)
    address = f"/admin/rounds/{ready.slug}/dates"
    page = desk.page(address)
    form = {
        field["name"]: field.get("value", "")
        for field in page.select("main form input")
        if field.get("type") not in ("radio", "submit")
    }
    form |= {"closes_at-zone": "UTC", "release_at-zone": "UTC", "reason": "Nothing."}
    form.pop("csrf_token")
    assert desk.submit(address, form).status_code == 302
    assert fresh(ready).closes_at.microsecond == 123456


def test_calendar_and_criteria_are_edited_from_the_rounds_page(desk, ready):
    address = f"/admin/rounds/{ready.slug}"
    date = {
        "label": "Programme starts",
        "at-day": "2027-06-01",
        "at-clock": "09:00",
        "at-zone": "UTC",
    }
    assert desk.submit(f"{address}/key-dates", date).status_code == 302
    criterion = {"label": "Writing", "position": "3"}
    assert desk.submit(f"{address}/criteria", criterion).status_code == 302
    text = desk.page(address).text
    assert "Programme starts" in text
    assert "Writing" in text
    entry = fresh(ready).key_dates[0]
    removed = desk.submit(f"{address}/key-dates/{entry.id}/remove", page=f"{address}/key-dates")
    assert removed.status_code == 302
    assert "Programme starts" not in desk.page(address).text


def test_stream_is_built_from_its_page(desk, ready, make):
    mentor, direction = make.mentor("Noor"), make.direction("Probing")
    base = f"/admin/rounds/{ready.slug}/streams"
    made = desk.submit(f"{base}/new", {"name": "Stream of Noor", "places": "3"})
    assert made.status_code == 302
    address = f"{base}/stream-of-noor"
    assert desk.submit(f"{address}/mentors", {"mentors": [str(mentor.id)], "primary": "0"})
    assert desk.submit(f"{address}/directions", {"directions": [str(direction.id)]})
    question = {
        "prompt": "Why?",
        "kind": "long_text",
        "required": "y",
        "word_limit": "200",
        "minutes": "10",
    }
    assert desk.submit(f"{address}/questions/new", question).status_code == 302
    text = desk.page(address).text
    for words in ("Noor (primary)", "Probing", "Why?", "about 10 minutes"):
        assert words in text


def test_direction_of_another_stream_is_refused_on_the_page(desk, ready, make):
    other = make.stream(ready, "Stream of Noor")
    held = ready.streams[0].offerings[0].direction
    address = f"/admin/rounds/{ready.slug}/streams/{other.slug}/directions"
    assert "offered by Stream of Mira" in desk.page(address).text
    answer = desk.submit(address, {"directions": [str(held.id)]})
    assert answer.status_code == 409
    assert f"“{held.title}” is offered by the stream Stream of Mira already." in answer.text


def test_question_is_edited_moved_and_removed(desk, ready, make):
    stream = make.stream(ready, "Two", questions=["One?", "Two?"])
    base = f"/admin/rounds/{ready.slug}/streams/{stream.slug}"
    second = stream.questions[1]
    moved = desk.submit(f"{base}/questions/{second.id}/move", {"to": "up"}, page=base)
    assert moved.status_code == 302
    removed = desk.submit(f"{base}/questions/{second.id}/retire", page=base)
    assert removed.status_code == 302
    assert "Two?" not in desk.page(base).text


def test_extension_is_granted_by_address_and_to_nobody_unknown(desk, ready, make):
    ready.published_at, ready.opens_at = NOW - 9 * DAY, NOW - 8 * DAY
    ready.closes_at = NOW - DAY
    make.keep(ready)
    user = make.user("Late Comer")
    address = f"/admin/rounds/{ready.slug}/extensions"
    form = {
        "email": "Late.Comer@example.org",
        "stream": "0",
        "closes_at-day": "2026-11-25",
        "closes_at-clock": "12:00",
        "closes_at-zone": "UTC",
        "reason": "Illness.",
    }
    unknown = desk.submit(address, {**form, "email": "nobody@example.org"})
    assert "Nobody has an account" in unknown.text
    assert desk.submit(address, form).status_code == 302
    text = desk.page(address).text
    assert "Late Comer" in text
    assert "Illness." in text
    again = desk.submit(address, form)
    assert again.status_code == 409
    assert (
        len(db.session.scalars(sa.select(Extension).where(Extension.user_id == user.id)).all()) == 1
    )


def test_request_for_an_extension_is_granted_in_one_click(desk, ready, make):
    ready.published_at, ready.opens_at = NOW - 9 * DAY, NOW - 8 * DAY
    ready.closes_at = NOW - DAY
    make.keep(ready)
    users = [make.user("Late One"), make.user("Late Two")]
    for user in users:
        make.keep(
            LateDraft(
                round_id=ready.id,
                user_id=user.id,
                action="submit",
                received_at=ready.closes_at + timedelta(seconds=131),
                closed_at=ready.closes_at,
                extension_asked_at=NOW - timedelta(hours=2),
                extension_reason="The train stopped.",
            )
        )
    address = f"/admin/rounds/{ready.slug}/extensions"
    page = desk.page(address)
    assert "2 min 11 s" in page.text
    assert "2 asked for an extension" in desk.page("/admin").text
    granted = desk.submit(f"{address}/{users[0].id}/grant", page=address)
    assert granted.status_code == 302
    declined = desk.submit(f"{address}/{users[1].id}/decline", {"reason": "No."}, page=address)
    assert declined.status_code == 302
    assert "Nobody is waiting for an answer." in desk.page(address).text
    assert desk.post(f"{address}/{users[1].id}/grant").status_code in (400, 404)


def test_rounds_are_not_for_applicants(browser, make, ready):
    applicant = browser(make.user())
    for path in ("/admin", "/admin/rounds", f"/admin/rounds/{ready.slug}", "/admin/audit"):
        assert applicant.get(path).status_code == 403
    assert browser(None).get("/admin/rounds").status_code == 302


def test_unknown_round_or_stream_is_not_found(desk, ready):
    assert desk.get("/admin/rounds/nothing").status_code == 404
    assert desk.get(f"/admin/rounds/{ready.slug}/streams/nothing").status_code == 404
    assert desk.get(f"/admin/rounds/{ready.slug}/streams/nothing/questions/7").status_code == 404


def test_overview_stops_asking_for_extensions_once_decisions_are_out(desk, ready, make):
    ready.published_at, ready.opens_at = NOW - 9 * DAY, NOW - 8 * DAY
    ready.closes_at = NOW - 2 * DAY
    make.keep(ready)
    make.keep(
        LateDraft(
            round_id=ready.id,
            user_id=make.user("Late One").id,
            action="submit",
            received_at=ready.closes_at + timedelta(seconds=131),
            closed_at=ready.closes_at,
            extension_asked_at=NOW - DAY,
            extension_reason="The train stopped.",
        )
    )
    assert "1 asked for an extension" in desk.page("/admin").text
    ready.released_at = NOW - timedelta(hours=1)
    make.keep(ready)
    assert "asked for an extension" not in desk.page("/admin").text
    page = desk.page(f"/admin/rounds/{ready.slug}/extensions")
    assert "nobody can be given more time" in page.text
    assert "Grant the extension" not in page.text

"""Naming referees, asking them, and where each reference stands."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.domain.references import LETTERS_A_DAY, LETTERS_EACH
from portal.domain.rounds import Arrival
from portal.extensions import db
from portal.models import AuditEvent, Extension, LateDraft, OutboxMessage, Referee, Round
from portal.services.extensions import grant_extension
from tests.support.rows import again
from tests.web.applicant.conftest import status_of

RITA = {"name": "Rita Sol", "email": "rita@example.org", "relation": "taught me", "note": "Hello"}
DAY = timedelta(days=1)


@pytest.fixture
def home(scene):
    db.session.execute(sa.update(Round).values(max_referees=2))
    db.session.commit()
    return f"{scene.home}/references"


def name(browser, home, **values):
    return browser.submit(home, {**RITA, **values})


def ask(browser, address):
    page = browser.page(address)
    seen = page.find("input", attrs={"name": "seen"})["value"]
    return browser.submit(address, {"seen": seen})


def requests():
    statement = sa.select(OutboxMessage).where(OutboxMessage.kind == "reference_request")
    return db.session.scalars(statement.order_by(OutboxMessage.id)).all()


def link(letter):
    return re.search(r"/reference/\S+", letter.text).group()


def referees():
    return db.session.scalars(sa.select(Referee).order_by(Referee.id)).all()


def test_a_round_without_references_has_no_such_page(iris, scene):
    assert iris.get(f"{scene.home}/references").status_code == 404
    iris.submit(f"{scene.home}/start", page=scene.home)
    assert "References" not in iris.page(scene.home).text


def test_naming_sends_nothing_and_shows_the_very_letter(iris, scene, home):
    answer = name(iris, home)
    assert answer.status_code == 302
    page = iris.page(answer.location)
    assert "Iris Okafor asks you for a reference" in page.text
    assert requests() == []
    assert status_of(iris.page(scene.home), "References") == "1 not asked yet"
    ask(iris, answer.location)
    (letter,) = requests()
    assert letter.recipient == "rita@example.org"
    shown = page.select_one(".inset .keep-lines").text
    sent = letter.text.replace("http://localhost" + link(letter), "")
    plain = shown.replace("(the link, that stands only in the letter itself)", "")
    assert plain.split() == re.sub(r"http\S*/reference/\S+", "", sent).split()
    assert "Hello" not in letter.text
    assert status_of(iris.page(scene.home), "References") == "0 of 1 received"


def test_pressed_twice_sends_one_letter(iris, home):
    address = name(iris, home).location
    seen = iris.page(address).find("input", attrs={"name": "seen"})["value"]
    for _ in range(3):
        assert iris.submit(address, {"seen": seen}).status_code == 302
    assert len(requests()) == 1


def test_a_letter_that_changed_after_it_was_looked_at_is_not_sent(iris, home):
    address = name(iris, home).location
    seen = iris.page(address).find("input", attrs={"name": "seen"})["value"]
    iris.submit(address.removesuffix("/ask"), {**RITA, "name": "Rosa Sol"})
    assert iris.submit(address, {"seen": seen}).status_code == 409
    assert requests() == []


def test_the_link_is_random_and_only_its_digest_is_kept(iris, home, client):
    address = name(iris, home).location
    ask(iris, address)
    token = link(requests()[0]).removeprefix("/reference/")
    assert len(token) >= 43  # 256 bits
    (row,) = referees()
    assert token not in (row.token_digest, row.reminder_digest)
    assert len(row.token_digest) == 64
    assert client.get(f"/reference/{token}").status_code == 200


def test_mistakes_stand_at_their_fields_with_all_that_was_typed(iris, home):
    answer = name(iris, home, email="IRIS.okafor+1@example.org", name="see evil.example")
    assert answer.status_code == 422
    for text in ("This is your own address", "without addresses", "see evil.example", "Hello"):
        assert text in answer.text
    assert referees() == []


def test_no_more_than_the_round_takes(iris, home):
    for number in range(2):
        assert name(iris, home, email=f"r{number}@example.org").status_code == 302
    assert name(iris, home, email="r3@example.org").status_code == 409
    assert len(referees()) == 2
    assert iris.page(home).find("input", attrs={"name": "email"}) is None


def test_a_new_letter_makes_the_old_link_void(iris, home, client):
    address = name(iris, home).location
    ask(iris, address)
    ask(iris, address)
    old, new = (link(letter) for letter in requests())
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


def test_another_address_takes_the_first_request_back(iris, home, client):
    address = name(iris, home).location
    ask(iris, address)
    client.post(link(requests()[0]), data={"strength": "Not for others", "saves": "0"})
    answer = iris.submit(address.removesuffix("/ask"), {**RITA, "email": "right@example.org"})
    ask(iris, answer.location)
    old, new = requests()
    assert new.recipient == "right@example.org"
    assert client.get(link(old)).status_code == 410
    page = client.page(link(new))
    assert "Not for others" not in page.text


def test_taking_back_tells_the_link_and_frees_the_place(iris, home, client):
    address = name(iris, home).location
    ask(iris, address)
    remove = address.replace("/ask", "/remove")
    assert iris.submit(remove).status_code == 302
    assert client.get(link(requests()[0])).status_code == 410
    again_ = name(iris, home)
    assert client.get(link(requests()[0])).status_code == 404
    ask(iris, again_.location)
    assert len(referees()) == 1
    assert client.get(link(requests()[1])).status_code == 200


def test_who_was_never_asked_leaves_nothing(iris, home):
    address = name(iris, home).location
    remove = address.replace("/ask", "/remove")
    token = iris.page(remove).select_one("main input[name=csrf_token]")["value"]
    for _ in range(2):
        assert iris.post(remove, data={"csrf_token": token}).status_code == 302
    assert referees() == []
    assert requests() == []


def test_letters_to_one_address_end(iris, home):
    address = name(iris, home).location
    for _ in range(LETTERS_EACH):
        assert ask(iris, address).status_code == 302
    assert ask(iris, address).status_code == 409
    iris.submit(address.replace("/ask", "/remove"))
    assert ask(iris, name(iris, home).location).status_code == 409
    assert len(requests()) == LETTERS_EACH


def test_letters_of_a_day_end_whoever_they_go_to(iris, home):
    def one(number):
        address = name(iris, home, email=f"r{number}@example.org").location
        answer = ask(iris, address)
        iris.submit(address.replace("/ask", "/remove"))
        return answer.status_code

    assert [one(n) for n in range(LETTERS_A_DAY + 1)] == [302] * LETTERS_A_DAY + [409]
    assert len(requests()) == LETTERS_A_DAY


def test_states_show_and_never_the_text(iris, home, client, scene):
    address = name(iris, home).location
    ask(iris, address)
    words = {
        "acquaintance": "Long.",
        "strength": "The hidden words",
        "comparison": "best",
        "contact": "no",
    }
    path = link(requests()[0])
    client.post(path, data={**words, "saves": "0", "then": "check"})
    assert "Asked" in iris.page(home).text
    client.post(f"{path}/send", data={"saves": "1"})
    page = iris.page(home)
    assert "Received" in page.select_one(".status").text
    for where in (home, scene.home, f"{scene.home}/check"):
        assert "hidden words" not in iris.page(where).text
    assert status_of(iris.page(scene.home), "References") == "1 of 1 received"


def test_the_text_shows_where_the_referee_was_told_so_and_the_promise_stays(iris, home, client):
    words = {
        "acquaintance": "Long.",
        "strength": "The words",
        "comparison": "best",
        "contact": "no",
    }
    first = name(iris, home, email="first@example.org").location
    ask(iris, first)
    db.session.execute(sa.update(Round).values(references_shown=True))
    db.session.commit()
    ask(iris, first)  # another letter to the same person keeps the promise
    second = name(iris, home, email="second@example.org").location
    ask(iris, second)
    _, one, two = requests()
    assert "will not see" in one.text
    assert "will be able to read" in two.text
    for letter, text in ((one, "hidden words"), (two, "open words")):
        path = link(letter)
        client.post(path, data={**words, "strength": text, "saves": "0", "then": "check"})
        client.post(f"{path}/send", data={"saves": "1"})
    page = iris.page(home).text
    assert "open words" in page
    assert "hidden words" not in page


def test_another_applicant_finds_nothing(iris, home, make, browser):
    address = name(iris, home).location
    other = browser(make.user("Olu Other"))
    assert "Rita" not in other.page(home).text
    for path in (address, address.removesuffix("/ask"), address.replace("/ask", "/remove")):
        assert other.get(path).status_code == 404
    token = other.page(home).select_one("main input[name=csrf_token]")["value"]
    other.post(address, data={"seen": "1.0", "csrf_token": token})
    other.post(address.removesuffix("/ask"), data={**RITA, "name": "X Y", "csrf_token": token})
    other.post(address.replace("/ask", "/remove"), data={"csrf_token": token})
    assert requests() == []
    assert [row.name for row in referees()] == ["Rita Sol"]


def test_a_name_of_the_applicant_injects_nothing_into_the_letter(iris, scene, home):
    iris.submit(f"{scene.home}/start", page=scene.home)
    evil = "Iris\r\nBcc: all@example.org <a href='https://evil.example'>x</a>"
    iris.submit(f"{scene.home}/about", {"full_name": evil, "version": "0"})
    ask(iris, name(iris, home).location)
    (letter,) = requests()
    assert "\n" not in letter.subject
    assert "evil.example" not in letter.text + letter.subject
    assert "all@example.org" not in letter.text + letter.subject


def test_asked_in_time_can_be_corrected_and_asked_again_until_due(iris, scene, home, at, browser):
    closes = scene.round.closes_at
    db.session.execute(sa.update(Round).values(references_due_at=closes + 5 * DAY))
    db.session.commit()
    address = name(iris, home).location
    ask(iris, address)
    with at(closes + DAY):
        late = browser(scene.applicant)
        assert ask(late, address).status_code == 302
        assert name(late, home, email="new@example.org").status_code == 409
    with at(closes + 6 * DAY):
        late = browser(scene.applicant)
        assert late.get(address).status_code == 409
        assert "Overdue" in late.page(home).text


def test_somebody_named_too_late_is_kept_and_comes_back_with_an_extension(
    iris, scene, home, at, browser, make
):
    iris.submit(f"{scene.home}/start", page=scene.home)
    closes = scene.round.closes_at
    with at(closes + timedelta(hours=1)):
        late = browser(scene.applicant)
        token = late.page(f"{scene.home}/questions").select_one("main input[name=csrf_token]")
        answer = late.post(home, data={**RITA, "csrf_token": token["value"]})
        assert answer.status_code == 409
        assert "Rita Sol" in answer.text
        grant_extension(
            Viewer(make.admin("Bo Boss").id, is_admin=True), scene.round.id, scene.applicant.id, None,
            closes + 2 * DAY, reason="ill", now=closes + timedelta(hours=2),
        )  # fmt: skip
    (row,) = referees()
    assert (row.name, row.asked_at) == ("Rita Sol", None)
    assert db.session.scalar(sa.select(LateDraft.settled_at)) is not None
    assert db.session.scalar(sa.select(Extension.id)) is not None


def test_a_reference_in_time_is_counted_by_the_persons_own_extension(
    iris, scene, home, make, at, client
):
    ask(iris, name(iris, home).location)
    closes = scene.round.closes_at
    make.keep(
        Extension(
            round_id=scene.round.id, user_id=scene.applicant.id, closes_at=closes + 3 * DAY,
            reason="ill", granted_at=make.now,
        )
    )  # fmt: skip
    words = {"acquaintance": "Long.", "strength": "Care.", "comparison": "best", "contact": "no"}
    path = link(requests()[0])
    with at(closes + 2 * DAY):
        client.post(path, data={**words, "saves": "0", "then": "check"})
        client.post(f"{path}/send", data={"saves": "1"})
    (row,) = referees()
    assert row.arrival is Arrival.ON_TIME


def test_each_step_stands_in_the_log_without_its_text(iris, home):
    address = name(iris, home).location
    iris.submit(address.removesuffix("/ask"), {**RITA, "relation": "was my tutor"})
    ask(iris, address)
    iris.submit(address.replace("/ask", "/remove"))
    events = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.subject_type == "referee").order_by(AuditEvent.id)
    ).all()
    assert [event.action for event in events] == [
        "reference.named", "reference.changed", "reference.asked", "reference.taken_back",
    ]  # fmt: skip
    assert "rita" not in str([(event.before, event.after) for event in events])
    assert again(referees()[0]).withdrawn_at is not None

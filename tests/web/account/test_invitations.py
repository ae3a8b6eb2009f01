"""Invitations: rights come from accepting one, with the address it was sent to, once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import Invitation, Mentor, StreamMember, User
from tests.web.account.steps import letters, link_in, register, sign_in


@pytest.fixture
def admin(make):
    return make.admin()


@pytest.fixture
def stream(make):
    return make.stream(make.round("Summer 2027"), "Interpretability stream")


def invite(browser, admin, **form):
    answer = browser(admin).submit(
        "/admin/people/invitations/new", {"email": "mira@example.org", **form}
    )
    assert answer.status_code == 302, answer.text
    return link_in(letters("invitation")[-1])


def lead(stream):
    return {"role": "lead", "stream": str(stream.id)}


def test_somebody_without_an_account_registers_and_comes_back(client, browser, admin, stream):
    link = invite(browser, admin, **lead(stream))
    page = client.page(link)
    assert "Interpretability stream" in page.text
    register(client)
    client.submit(link_in(letters("account_confirm")[0]))
    sign_in(client, "mira@example.org")
    assert client.get("/account/start").headers["Location"] == link
    client.submit(link)
    member = db.session.scalars(sa.select(StreamMember)).one()
    assert (member.stream_id, member.role) == (stream.id, StreamRole.LEAD)
    assert client.get("/account/start").headers["Location"] == "/review"


def test_opening_the_link_gives_nothing(client, browser, make, admin, stream):
    mira = make.user(email="mira@example.org")
    link = invite(browser, admin, **lead(stream))
    for seen in (client, browser(mira)):
        for _ in range(5):
            seen.get(link)
            seen.head(link)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StreamMember)) == 0


def test_admin_invitation_makes_an_admin_and_ends_other_sign_ins(browser, make, admin):
    mira = make.user(email="mira@example.org")
    here, there = browser(mira), browser(mira)
    here.submit(invite(browser, admin, role="admin"))
    assert db.session.get(User, mira.id).is_admin
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_a_cookie_from_before_does_not_rise_along(app, browser, make, admin):
    mira = make.user("Mira Okonjo", email="mira@example.org")
    here = browser(mira)
    with here.session_transaction() as session:
        before = dict(session)
    here.submit(invite(browser, admin, role="admin"))
    thief = app.test_client()
    with thief.session_transaction() as session:
        session.update(before)

    assert here.get("/admin").status_code == 200
    assert thief.get("/admin").headers["Location"].startswith("/login")


def test_invitation_works_once(browser, make, admin, stream):
    mira = browser(make.user(email="mira@example.org"))
    link = invite(browser, admin, **lead(stream))
    mira.submit(link)
    again = mira.get(link)
    assert again.status_code == 409
    assert "accepted already" in again.text


def test_another_address_cannot_accept(browser, make, admin, stream):
    link = invite(browser, admin, **lead(stream))
    other = browser(make.user(email="other@example.org"))
    assert "for another address" in other.page(link, status=409).text
    assert other.submit(link, page="/account/details").status_code == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StreamMember)) == 0


def test_invitation_expires_after_two_weeks(browser, make, admin, stream, at):
    mira = make.user(email="mira@example.org")
    link = invite(browser, admin, **lead(stream))
    with at(timedelta(days=14)):
        mine = browser(mira)
        assert "has expired" in mine.page(link, status=409).text
        assert mine.submit(link, page="/account/details").status_code == 409


def test_withdrawn_invitation_stops_working(browser, make, admin, stream):
    mira = browser(make.user(email="mira@example.org"))
    link = invite(browser, admin, **lead(stream))
    row = db.session.scalars(sa.select(Invitation)).one()
    pending = "/admin/people/invitations"
    browser(admin).submit(f"{pending}/{row.id}/withdraw", page=pending)
    assert "was withdrawn" in mira.page(link, status=409).text


def test_second_letter_replaces_the_first_link(browser, make, admin, stream):
    mira = browser(make.user(email="mira@example.org"))
    first = invite(browser, admin, **lead(stream))
    row = db.session.scalars(sa.select(Invitation)).one()
    pending = "/admin/people/invitations"
    browser(admin).submit(f"{pending}/{row.id}/again", page=pending)
    assert mira.get(first).status_code == 404
    assert mira.get(link_in(letters("invitation")[-1])).status_code == 200


def test_token_is_stored_as_a_digest_only(browser, admin, stream):
    token = invite(browser, admin, **lead(stream)).rsplit("/", 1)[1]
    row = db.session.scalars(sa.select(Invitation)).one()
    assert len(token) >= 43  # 256 bits
    assert token not in str(vars(row))


def test_invited_mentor_gets_the_profile(browser, make, admin, stream):
    mentor = make.mentor("Invented Mentor")
    mira = make.user(email="mira@example.org")
    browser(mira).submit(invite(browser, admin, mentor=str(mentor.id), **lead(stream)))
    assert db.session.get(Mentor, mentor.id).user_id == mira.id


def test_invitation_raises_a_role_that_somebody_has(browser, make, admin, stream):
    reader = make.member(stream, StreamRole.READER)
    link = invite(browser, admin, email=reader.email, **lead(stream))
    browser(reader).submit(link)
    assert db.session.scalars(sa.select(StreamMember.role)).all() == [StreamRole.LEAD]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"email": "nobody", "role": "admin"}, "usual form"),
        ({"role": "lead", "stream": ""}, "Choose the stream"),
        ({"role": "owner"}, "valid choice"),
        ({"role": "lead", "stream": "999"}, "valid choice"),
    ],
)
def test_invitation_form_says_what_is_missing(browser, admin, stream, form, words):
    page = browser(admin).submit(
        "/admin/people/invitations/new", {"email": "mira@example.org", **form}
    )
    assert page.status_code == 422
    assert words in page.text
    assert not letters()


def test_unknown_link_does_not_exist(client, browser, make):
    client.page("/invitations/nothing", status=404)
    mine = browser(make.user())
    assert mine.submit("/invitations/nothing", page="/account/details").status_code == 404

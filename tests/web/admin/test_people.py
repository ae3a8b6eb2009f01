"""Admins see everybody, take rights back, and disable accounts; nobody else does."""

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import Invitation, StreamMember, User
from tests.support.rows import events


@pytest.fixture
def admin(make):
    return make.admin()


def test_list_shows_roles_and_finds_by_name_and_address(browser, make, admin):
    make.member(make.stream(make.round("Summer 2027"), "Stream A"), StreamRole.CO, "Reva Lead")
    make.user("Zoltan Unconfirmed", confirmed_at=None)
    page = browser(admin).page("/admin/people")
    assert "Stream A (co-lead)" in page.text
    assert "Not confirmed" in page.text
    found = browser(admin).page("/admin/people?q=REVA.lead@").text
    assert "Reva Lead" in found
    assert "Zoltan" not in found
    assert "Nobody matches" in browser(admin).page("/admin/people?q=%25").text
    assert "Reva" not in browser(admin).page("/admin/people?kind=admins").table.text


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_list_sends_three_statements_however_long(browser, make, admin, queries, rows):
    stream = make.stream(make.round())
    for number in range(rows):
        user = User(
            email=f"p{number}@example.org",
            email_key=f"p{number}@example.org",
            name=f"Person {number}",
            fs_uniquifier=f"u{number}",
            created_at=make.now,
        )
        db.session.add(user)
        db.session.flush()
        db.session.add(
            StreamMember(
                stream_id=stream.id, user_id=user.id, role=StreamRole.READER, added_at=make.now
            )
        )
    db.session.commit()
    here = browser(admin)
    with queries() as sent:
        here.page("/admin/people")
    # The list's own query of roles reads stream_members, which `page` leaves out as the viewer's.
    assert sent.page + 1 == 3
    assert len(sent.statements) == 5


def test_disabling_signs_out_at_once_and_is_audited(browser, make, admin):
    mira = make.user("Mira Okonjo")
    theirs, mine = browser(mira), browser(admin)
    mine.submit(f"/admin/people/{mira.id}", {"reason": "Asked for it by letter."})
    assert theirs.get("/account").status_code == 302
    (event,) = events("account.disabled")
    assert (event.actor_id, event.reason) == (admin.id, "Asked for it by letter.")
    mine.submit(f"/admin/people/{mira.id}/enable", page=f"/admin/people/{mira.id}")
    assert db.session.get(User, mira.id).active


def test_disabling_needs_a_reason(browser, make, admin):
    mira = make.user("Mira Okonjo")
    page = browser(admin).submit(f"/admin/people/{mira.id}", {"reason": ""})
    assert page.status_code == 422
    assert "Say why" in page.text
    assert db.session.get(User, mira.id).active


def test_admin_cannot_disable_the_own_account(browser, admin, make):
    make.admin("Second Admin")
    here = browser(admin)
    assert here.page(f"/admin/people/{admin.id}").find("input", id="reason") is None
    page = here.submit(f"/admin/people/{admin.id}", {"reason": "x"}, page="/account/details")
    assert page.status_code == 409


def test_last_admin_keeps_the_rights(browser, make, admin):
    page = browser(admin).submit(
        f"/admin/people/{admin.id}/remove-admin", page=f"/admin/people/{admin.id}"
    )
    assert page.status_code == 409
    second = make.admin("Second Admin")
    browser(admin).submit(
        f"/admin/people/{second.id}/remove-admin", page=f"/admin/people/{second.id}"
    )
    assert not db.session.get(User, second.id).is_admin


def test_role_taken_back_ends_at_the_next_request(browser, make, admin):
    reader = make.member(make.stream(make.round()), StreamRole.READER, "Reva Reader")
    theirs = browser(reader)
    assert theirs.get("/account/start").headers["Location"] == "/review"
    member = db.session.scalars(sa.select(StreamMember)).one()
    path = f"/admin/people/{reader.id}"
    browser(admin).submit(f"{path}/roles/{member.id}/remove", page=path)
    assert theirs.get("/review").headers["Location"].startswith("/login")
    assert browser(reader).get("/account/start").headers["Location"] == "/apply"


def test_role_of_somebody_else_is_not_found_here(browser, make, admin):
    make.member(make.stream(make.round()))
    member = db.session.scalars(sa.select(StreamMember)).one()
    other = make.user("Other Person")
    answer = browser(admin).submit(
        f"/admin/people/{other.id}/roles/{member.id}/remove", page="/account/details"
    )
    assert answer.status_code == 404
    assert db.session.get(StreamMember, member.id) is not None


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_open_invitations_send_one_statement_however_many(browser, make, admin, queries, rows):
    stream = make.stream(make.round())
    db.session.add_all(
        Invitation(
            email=f"p{n}@example.org", email_key=f"p{n}@example.org", stream_id=stream.id,
            role=StreamRole.READER, token_digest=f"{n}", created_at=make.now, expires_at=make.now,
        )
        for n in range(rows)
    )  # fmt: skip
    db.session.commit()
    here = browser(admin)
    with queries() as sent:
        here.page("/admin/people/invitations")
    assert sent.page == 1

"""A mentor edits their own profile and directions, and nobody else's."""

import pytest
import sqlalchemy as sa

from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import Direction, Mentor


@pytest.fixture
def desk(make, browser):
    """Mara's browser: she leads a stream and her account is linked with her profile and one direction."""
    stream = make.stream(make.round())
    user = make.member(stream, name="Mara Mentor")
    own = make.mentor("Mara Mentor", user_id=user.id, bio="As it was.")
    other = make.mentor("Otto Other")
    make.direction("Hers", mentors=[own])
    make.direction("His", mentors=[other])
    return browser(user)


def slug_of(title):
    return db.session.scalar(sa.select(Direction.slug).where(Direction.title == title))


def version_in(page):
    return page.find("input", attrs={"name": "version"})["value"]


def test_own_profile_and_directions_are_listed(desk):
    page = desk.page("/review/profile")

    assert [a.text for a in page.select(".entry-title a")] == ["Hers"]


def test_profile_is_edited_without_its_name(desk):
    page = desk.page("/review/profile/edit")
    assert page.find(attrs={"name": "name"}) is None

    desk.submit(
        "/review/profile/edit",
        {"version": version_in(page), "bio": "As I want it.", "name": "Somebody Else"},
    )

    mentor = db.session.scalars(sa.select(Mentor).where(Mentor.bio == "As I want it.")).one()
    assert mentor.name == "Mara Mentor"


def test_direction_keeps_its_mentors_when_its_mentor_edits_it(desk):
    address = f"/review/directions/{slug_of('Hers')}"
    page = desk.page(address)

    desk.submit(
        address,
        {"version": version_in(page), "title": "Hers, clearer", "summary": "S", "body": "B"},
    )

    direction = db.session.scalars(
        sa.select(Direction).where(Direction.title == "Hers, clearer")
    ).one()
    assert [mentor.name for mentor in direction.mentors] == ["Mara Mentor"]


def test_another_mentors_direction_is_not_found(desk):
    desk.page(f"/review/directions/{slug_of('His')}", status=404)


def test_reader_without_a_profile_is_told_what_to_do(make, browser):
    reader = make.member(make.stream(make.round()))

    page = browser(reader).page("/review/profile")

    assert "not linked with a public profile" in page.text
    browser(reader).page("/review/profile/edit", status=404)


@pytest.mark.parametrize(
    ("role", "onwards"), [(StreamRole.LEAD, "/review/streams"), (StreamRole.READER, "/review")]
)
def test_page_without_a_profile_leads_on_to_what_one_can_do(make, browser, role, onwards):
    member = make.member(make.stream(make.round()), role)
    page = browser(member).page("/review/profile")
    assert page.select_one(".empty a")["href"] == onwards
    assert "What visitors read about you" not in page.text


def test_admin_without_a_stream_uses_the_admin_pages_instead(make, browser):
    browser(make.admin()).page("/review/profile", status=403)

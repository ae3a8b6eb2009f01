"""The page of one's applications over all rounds: what it offers, and what it no longer says."""

from datetime import timedelta

from portal.models import Announcement, Application
from tests.web.applicant.conftest import fill, send


def test_someone_who_never_started_is_led_to_the_round_that_closed_last(make, browser):
    make.round("Long ago", closes_at=make.now - timedelta(days=5))
    closed = make.round("Summer 2027", closes_at=make.now - timedelta(days=1))
    make.round(
        "Over", closes_at=make.now - timedelta(hours=9), released_at=make.now - timedelta(hours=1)
    )
    iris = browser(make.user())

    link = iris.page("/apply").find("a", string="ask for an extension there")

    assert link["href"] == f"/apply/{closed.slug}"
    assert iris.page(link["href"]).find("button", string="Ask for an extension")


def test_announcements_are_those_of_rounds_that_still_concern_one(make, browser):
    before = make.now - timedelta(days=3)
    past = {"closes_at": before, "released_at": make.now - timedelta(days=1)}
    kinds = {
        "Open": make.round(),
        "Over, applied": make.round(**past),
        "Over, not submitted": make.round(**past),
        "Archived": make.round(**past, archived_at=make.now - timedelta(hours=1)),
        "Over, another's": make.round(**past),
    }
    user = make.user()
    for kind in ("Over, applied", "Archived"):
        make.submitted(user, kinds[kind], received_at=before - timedelta(days=1))
    make.keep(
        Application(
            round_id=kinds["Over, not submitted"].id,
            user_id=user.id,
            created_at=before,
            saved_at=before,
        )
    )
    for kind, round_ in kinds.items():
        make.keep(
            Announcement(
                round_id=round_.id, title=f"Talk: {kind}", body="At noon.", published_at=before
            )
        )

    text = browser(user).page("/apply").text

    assert [kind for kind in kinds if f"Talk: {kind}" in text] == ["Open", "Over, applied"]


def test_withdrawn_application_is_not_offered_to_go_on_with(scene, browser):
    iris = browser(scene.applicant)
    fill(iris, scene, scene.plain)
    send(iris, scene)
    assert "Go on with your application" in iris.page("/apply").text

    iris.submit(f"{scene.home}/withdraw", page=f"{scene.home}/withdraw")

    page = iris.page("/apply")
    assert "Go on with your application" not in page.text
    assert page.find("a", string="See it, or undo the withdrawal")["href"] == scene.home

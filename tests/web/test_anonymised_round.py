"""A round becomes anonymised until it opens, says so to those who write, and gives each application its code."""

from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.anonymity import FIRST_CODE, MASK
from portal.extensions import db
from portal.models import Round
from portal.services import applications
from tests.conftest import NOW
from tests.support.applicant import answer, met_by, submit, write
from tests.support.rows import again, events

ABOUT = {
    "full_name": "Zelda Quenby",
    "country": "Portugal",
    "adult": "yes",
    "returning": "no",
}


def _details(round_, **values):
    return {
        "name": round_.name,
        "summary": "",
        "place": "",
        "max_choices": "8",
        "grace_seconds": "120",
        "max_referees": "0",
        "version": str(round_.version),
        **values,
    }


def test_an_admin_switches_it_before_the_opening_only(make, browser):
    round_ = make.round(opens_at=NOW + timedelta(days=1))
    path = f"/admin/rounds/{round_.slug}/details"
    admin = browser(make.admin())
    assert admin.submit(path, _details(round_, anonymised="y")).status_code == 302
    assert again(round_).anonymised is True
    assert events("round.edited")[0].after == {"anonymised": True}
    checks = admin.page(f"/admin/rounds/{round_.slug}").text
    assert "The review is anonymised" in checks
    round_ = db.session.get(Round, round_.id)
    round_.opens_at = NOW - timedelta(seconds=1)
    db.session.commit()
    refused = admin.submit(path, _details(round_))
    assert refused.status_code == 409
    assert "can no longer be changed" in refused.text
    assert again(round_).anonymised is True
    assert admin.submit(path, _details(round_, anonymised="y", place="Berkeley")).status_code == 302


def test_a_copied_round_is_anonymised_too(make, browser):
    source = make.round(anonymised=True)
    made = browser(make.admin()).submit(
        "/admin/rounds/new", {**_details(source), "name": "The next", "source": str(source.id)}
    )
    assert made.status_code == 302
    copy = db.session.query(Round).filter_by(name="The next").one()
    assert copy.anonymised is True


@pytest.fixture
def writing(make):
    round_ = make.round(anonymised=True)
    stream = make.stream(round_, questions=["What first?"])
    user = make.user("Zelda Quenby")
    write(user, round_, stream)
    applications.save_section(user.id, round_.id, "about", ABOUT, 1, received_at=NOW)
    answer(user, round_, stream, "As zelda QUENBY I would begin small.")
    return user, round_, stream


def test_whoever_writes_is_told_and_shown_where_they_name_themselves(writing, browser):
    user, round_, _ = writing
    applicant = browser(user)
    for page in ("background", "interests", "check"):
        assert (
            "review of this round is anonymised"
            in applicant.page(f"/apply/{round_.slug}/{page}").text
        )
    check = applicant.page(f"/apply/{round_.slug}/check")
    assert "Some of your texts name you" in check.text
    assert "“zelda QUENBY”" in check.text


def test_a_round_that_is_not_says_nothing_of_it(make, browser):
    round_ = make.round()
    user = make.user()
    write(user, round_, make.stream(round_))
    for page in ("background", "check"):
        assert "anonymised" not in browser(user).page(f"/apply/{round_.slug}/{page}").text


def test_a_submission_gets_a_code_that_stays_and_a_search_without_the_name(writing, make, browser):
    user, round_, stream = writing
    submit(user, round_)
    row = met_by(user, stream)
    code = row.code
    assert code >= FIRST_CODE
    assert "quenby" not in row.submission.search_text
    answer(user, round_, stream, "As Quenby, again.")
    submit(user, round_, "key-0002")
    assert met_by(user, stream).code == code
    page = browser(make.member(stream)).page(f"/review/{code}").text
    assert f"As {MASK}, again." in page
    assert "uenby" not in page


def test_an_ordinary_round_gives_no_codes(make):
    round_ = make.round()
    stream = make.stream(round_)
    user = make.user()
    write(user, round_, stream)
    submit(user, round_)
    assert met_by(user, stream).code is None


def test_viewers_are_made_in_one_place(repository: Path):
    """Where a viewer is made by hand, nobody says in which streams the review is anonymised."""
    allowed = {"domain/permissions.py", "queries/viewers.py", "services/digests.py"}
    made = {
        str(path.relative_to(repository / "portal"))
        for path in (repository / "portal").rglob("*.py")
        if "Viewer(" in path.read_text(encoding="utf-8").replace("class Viewer", "")
    }
    assert made == allowed

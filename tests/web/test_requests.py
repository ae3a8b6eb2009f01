"""Addresses and forms that no database can take lead nowhere, and cost nobody their text."""

import pytest
import sqlalchemy as sa

from portal.extensions import db
from portal.models import SectionAnswers


@pytest.mark.parametrize(
    "path",
    [
        "/papers/%00",
        "/directions/a%00b",
        "/mentors/%00",
        "/receipts/%00",
        "/apply/%00",
        "/admin/rounds/%00",
    ],
)
def test_address_with_a_nul_leads_nowhere(make, browser, path):
    browser(make.admin()).page(path, status=404)


@pytest.mark.parametrize("path", ["/papers", "/directions", "/mentors", "/find"])
def test_query_with_a_nul_is_read_without_it(client, path):
    client.page(f"{path}?q=a%00b&topic=%00&year=%00&mentor=%00")


@pytest.mark.parametrize("path", ["/review/{}", "/admin/applications/{}", "/admin/people/{}"])
def test_number_larger_than_any_id_leads_nowhere(make, browser, path):
    person = make.member(make.stream(make.round()))
    person.is_admin = True
    db.session.commit()

    browser(person).page(path.format(2**63), status=404)
    browser(person).page(path.format(2**31 - 1), status=404)


def test_form_with_a_nul_is_saved_without_it(make, browser):
    round_ = make.round()
    make.stream(round_)
    applicant = browser(make.user())
    home = f"/apply/{round_.slug}"
    applicant.submit(f"{home}/start", page=home)

    applicant.submit(f"{home}/about", {"full_name": "Ana\x00 Applicant", "version": "0"})

    kept = db.session.scalars(sa.select(SectionAnswers)).one()
    assert kept.answers["full_name"] == "Ana Applicant"

"""What no page of ours sends: numbers in addresses that no database holds, and forms that come as something else."""

import pytest

from portal.extensions import db
from portal.web.numbers import whole_or


@pytest.mark.parametrize("odd", ["9" * 30, "-1", "\u00b2", "1e9", "0"])
def test_numbers_in_a_query_that_no_database_holds_are_left_out(make, browser, odd):
    person = make.member(make.stream(make.round()))
    person.is_admin = True
    db.session.commit()
    pages = ("/admin/applications", "/admin/people", "/admin/mail", "/admin/audit", "/review")
    for path in pages:
        browser(person).page(f"{path}?page={odd}&stream={odd}&direction={odd}&after={odd}")


@pytest.mark.parametrize("text", ['{"names": {"a": 1}}', "[" * 100_000, "nul"])
def test_a_form_that_comes_as_json_is_one_without_its_fields(make, browser, text):
    """JSON would bring numbers, lists and depths where a form has texts."""
    path = f"/apply/{make.round().slug}/questions"
    someone = browser(make.user())
    token = someone.page(path).find(attrs={"name": "csrf_token"})["value"]

    answer = someone.post(
        path, data=text, content_type="application/json", headers={"X-CSRFToken": token}
    )

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", "1_0", "\u00b2", "\u0664", "2147483648", "9" * 5000, None]
)
def test_only_digits_that_a_database_holds_are_a_number(text):
    assert whole_or(text, -7) == -7


def test_the_largest_number_is_the_largest_id():
    assert whole_or("2147483647", 0) == 2**31 - 1

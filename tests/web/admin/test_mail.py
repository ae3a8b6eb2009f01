"""Admins see the state of the mail, never its text, and send again what was given up."""

import pytest

from portal.extensions import db
from portal.models import OutboxMessage


def message(make, number=1, **values):
    return OutboxMessage(
        message_id=f"<{number}@portal>", kind="account_reset", recipient=f"p{number}@example.org",
        subject=f"Subject {number}", text="http://localhost/reset/SECRET", created_at=make.now,
        next_try_at=make.now, **values,
    )  # fmt: skip


def test_texts_with_links_are_not_shown(browser, make):
    make.keep(message(make))
    page = browser(make.admin()).get("/admin/mail").text
    assert "p1@example.org" in page
    assert "SECRET" not in page


def test_message_given_up_says_why_and_is_sent_again(browser, make):
    row = make.keep(message(make, failed_at=make.now, last_error="550 no such person", attempts=10))
    here = browser(make.admin())
    assert "550 no such person" in here.page("/admin/mail?state=failed").text
    here.submit(f"/admin/mail/{row.id}/again", page="/admin/mail")
    row = db.session.get(OutboxMessage, row.id)
    assert (row.failed_at, row.attempts) == (None, 0)
    assert "No message matches" in here.page("/admin/mail?state=failed").text


def test_mail_is_found_by_recipient(browser, make):
    for number in (1, 2):
        make.keep(message(make, number))
    page = browser(make.admin()).page("/admin/mail?q=P2@example")
    assert "Subject 2" in page.table.text
    assert "Subject 1" not in page.table.text


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_mail_sends_four_statements_however_long(browser, make, queries, rows):
    db.session.add_all(message(make, number) for number in range(rows))
    db.session.commit()
    here = browser(make.admin())
    with queries() as sent:
        here.page("/admin/mail")
    assert sent.page == 4


def test_all_of_a_kind_that_were_given_up_are_sent_again(browser, make):
    for number in (1, 2, 3):
        make.keep(message(make, number, failed_at=make.now, last_error="550 no", attempts=10))
    other = make.keep(message(make, 4, failed_at=make.now))
    other.kind = "receipt"
    db.session.commit()
    here = browser(make.admin())
    page = here.page("/admin/mail?state=failed&kind=account_reset")
    assert "Subject 4" not in page.table.text
    here.submit("/admin/mail/again", {"kind": "account_reset"}, page="/admin/mail?state=failed")
    left = [row.id for row in db.session.query(OutboxMessage) if row.failed_at is not None]
    assert left == [other.id]

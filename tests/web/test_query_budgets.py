"""Pages that list send as many statements for 300 rows as for one: the number stands here, and is 8 at most.

Counted is what a page sends for itself, without the two statements that every signed-in page sends (the sign-in with
its user, and the streams that the user belongs to). A number that falls is good news: write it down. One that grows
with the rows is an eager load that was forgotten.
"""

import pytest

from tests.support.crowd import Crowd

SIZES = (1, 3, 300)
MOST = 8
# By who opens the page ("" is anybody): its address, and the statements it sends.
LISTS = {
    "": {
        "/": 7,
        "/directions": 7,
        "/directions?open=1": 7,
        "/mentors": 6,
        "/papers": 7,
        "/papers?q=many": 7,
        "/papers.csv": 3,
        "/papers.atom": 4,
        "/faq": 4,
        "/dates": 3,
        "/dates.ics": 3,
        "/streams": 7,
        "/streams.csv": 7,
        "/sitemap.xml": 1,
        "/api/v1/rounds": 3,
        "/api/v1/directions": 6,
        "/api/v1/mentors": 4,
        "/api/v1/papers": 4,
        "/api/v1/topics": 2,
    },
    "applicant": {
        "/apply": 5,
        "/account": 3,
    },
    "reader": {
        "/review": 6,
        "/review?mine=left": 6,
        "/review?q=many": 6,
        "/review/ranking": 7,
        "/review/streams": 1,
    },
    "admin": {
        "/admin": 5,
        "/admin/applications": 6,
        "/admin/applications?q=many": 6,
        "/admin/rounds": 2,
        "/admin/rounds/{round}": 6,
        "/admin/rounds/{round}/decisions": 7,
        "/admin/rounds/{round}/extensions": 8,
        "/admin/rounds/{round}/key-dates": 2,
        "/admin/rounds/{round}/survey": 2,
        "/admin/people": 2,
        "/admin/people/invitations": 1,
        "/admin/mail": 4,
        "/admin/audit": 2,
        "/admin/audit/1": 4,
        "/admin/audit/table.csv": 1,
        "/admin/enquiries": 4,
        "/admin/announcements": 3,
        "/admin/content": 5,
        "/admin/content/topics": 1,
        "/admin/content/mentors": 1,
        "/admin/content/papers": 1,
        "/admin/content/directions": 1,
        "/admin/content/faq": 1,
    },
}
# No lists: they read one whole application with everything its round offers, its tasks too, and do not grow either.
WHOLE_APPLICATION = {
    "/apply/{round}": 12,
    "/apply/{round}/directions": 9,
    "/apply/{round}/questions": 10,
    "/apply/{round}/survey": 10,
    "/apply/{round}/late": 10,
}


@pytest.mark.parametrize("who", LISTS)
def test_pages_send_as_many_statements_for_300_rows_as_for_one(make, browser, queries, who):
    wanted = {**LISTS[who], **(WHOLE_APPLICATION if who == "applicant" else {})}
    crowd = Crowd(make)
    looking = browser(getattr(crowd, who) if who else None)
    for size in SIZES:
        crowd.grow(size)
        assert {path: sent_by(path, looking, queries, crowd) for path in wanted} == wanted, size


def test_no_list_sends_more_than_eight():
    most = {path: number for pages in LISTS.values() for path, number in pages.items()}
    assert [path for path, number in most.items() if number > MOST] == []


def sent_by(path, looking, queries, crowd):
    """The statements of one request for the page."""
    address = path.format(round=crowd.round.slug)
    with queries() as sent:
        answer = looking.get(address)
    assert answer.status_code == 200, path
    return sent.page

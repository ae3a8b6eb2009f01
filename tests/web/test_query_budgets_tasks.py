"""Pages that list tasks and references send as many statements for 300 as for one: see `test_query_budgets.py`."""

import pytest

from tests.support.crowd_tasks import TaskedCrowd

SIZES = (1, 3, 300)
PAGES = {
    "applicant": {
        "/apply/{round}": 15,
        "/apply/{round}/references": 12,
        "/apply/{round}/offline": 11,
        "/apply/{round}/offline.txt": 11,
        "/apply/{round}/check": 11,
    },
    "reader": {
        "/review": 6,
        "/review/{part}": 8,
        "/review/streams/{stream_id}": 6,
    },
    "admin": {
        "/admin/rounds/{round}/references": 5,
        "/admin/rounds/{round}/references?state=received": 5,
        "/admin/rounds/{round}/streams/{stream}": 7,
        "/admin/applications/{application}": 9,
        "/admin/applications/{application}/references": 3,
    },
}


@pytest.mark.parametrize("who", PAGES)
def test_as_many_statements_for_300_tasks_and_references_as_for_one(make, browser, queries, who):
    crowd = TaskedCrowd(make)
    names = {
        "round": crowd.round.slug,
        "stream": crowd.stream.slug,
        "stream_id": crowd.stream.id,
        "part": crowd.part.id,
        "application": crowd.application.id,
    }
    looking = browser(getattr(crowd, who))
    if who == "reader":
        looking.get("/review/{part}".format(**names))  # that it was opened is written down once
    for size in SIZES:
        crowd.grow(size)
        assert {path: sent_by(path.format(**names), looking, queries) for path in PAGES[who]} == (
            PAGES[who]
        ), size


def sent_by(address, looking, queries):
    """The statements of one request for the page."""
    with queries() as sent:
        answer = looking.get(address)
    assert answer.status_code == 200, address
    return sent.page

"""Conflicts and anonymised rounds send as many statements for forty rows as for three."""

from portal.domain.permissions import StreamRole
from portal.models import Conflict
from tests.conftest import NOW


def _declared(make, round_, applicant, reader):
    make.keep(
        Conflict(
            round_id=round_.id, applicant_id=applicant.id, reader_id=reader.id, named="", origin="admin",
            reason="They work together.", declared_at=NOW, lifted_reason="",
        )
    )  # fmt: skip


def _sent(queries, client, path):
    client.page(path)
    with queries() as sent:
        client.page(path)
    return sent.page


def test_the_list_of_conflicts_and_what_is_left_to_admins(make, browser, queries):
    round_ = make.round()
    stream = make.stream(round_)
    lead = make.member(stream)
    admin = browser(make.admin())
    for count in (3, 36):
        for _ in range(count):
            applicant = make.user()
            made = make.submitted(applicant, round_, [stream])
            _declared(make, round_, applicant, lead)
        assert _sent(queries, admin, f"/admin/rounds/{round_.slug}/conflicts") == 3
        assert _sent(queries, admin, f"/admin/applications/{made.id}/conflicts") == 5


def test_a_queue_with_conflicts_in_an_anonymised_round_costs_what_every_queue_costs(
    make, browser, queries
):
    round_ = make.round(anonymised=True)
    stream = make.stream(round_)
    lead = make.member(stream, StreamRole.LEAD)
    reading = browser(lead)
    for count in (3, 36):
        for number in range(count):
            applicant = make.user()
            made = make.submitted(applicant, round_, [stream])
            if number % 3 == 0:
                _declared(make, round_, applicant, lead)
        key = make.arrived(made, stream).code
        assert _sent(queries, reading, "/review") == 6
        assert _sent(queries, reading, "/review/ranking") == 7
        assert _sent(queries, reading, f"/review/{key}") <= 10
        assert _sent(queries, reading, f"/review/{key}/conflict") <= 7

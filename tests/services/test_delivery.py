"""Mail leaves the outbox once, in order, with nothing in its headers that anybody typed there."""

import email
import email.policy
import socket
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from portal import tasks
from portal.adapters import letters, mail
from portal.adapters.mail import Envelope, Undelivered, Unreachable
from portal.config import Mode
from portal.extensions import db
from portal.models import AuditEvent, OutboxMessage
from portal.services import delivery, outbox
from portal.services.work import writing
from tests.conftest import NOW


def queue(*recipients, kind="note", subject="Hello", at=NOW):
    with writing() as session:
        for recipient in recipients:
            outbox.put(
                session, kind, letters.Letter(subject, "Dear you.\n"), at=at, recipient=recipient
            )


def rows():
    return db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


class Post:
    """A server in memory: what it took, and what it answers."""

    def __init__(self, refuse=None, unreachable=False):
        self.taken, self.refuse, self.unreachable = [], refuse or {}, unreachable

    @contextmanager
    def __call__(self):
        if self.unreachable:
            raise Unreachable("ConnectionRefusedError")
        yield self.send

    def send(self, envelope):
        if envelope.recipient in self.refuse:
            raise Undelivered("said no", permanent=self.refuse[envelope.recipient])
        self.taken.append(envelope)


def deliver(post, now=NOW, **values):
    return delivery.deliver_due(post, lambda: now, **values)


def test_due_mail_is_sent_once_in_order(make):
    queue("a@example.org", "b@example.org", "c@example.org")
    post = Post()
    assert deliver(post) == delivery.Tally(sent=3)
    assert deliver(post) == delivery.Tally()
    assert [envelope.recipient[0] for envelope in post.taken] == ["a", "b", "c"]
    assert all(row.sent_at == NOW for row in rows())


def test_two_senders_never_take_the_same_row(make):
    queue(*(f"p{n}@example.org" for n in range(6)))
    first, second = delivery.claim(NOW, 4), delivery.claim(NOW, 4)
    assert (len(first), len(second)) == (4, 2)
    assert not {e.row_id for e in first} & {e.row_id for e in second}


def test_row_of_a_sender_that_died_is_taken_again_with_the_same_message_id(make):
    queue("a@example.org")
    (lost,) = delivery.claim(NOW)
    assert delivery.claim(NOW + delivery.LEASE - timedelta(seconds=1)) == []
    (again,) = delivery.claim(NOW + delivery.LEASE)
    assert again.message_id == lost.message_id


def test_mail_that_is_refused_for_now_waits_longer_each_time(make):
    queue("a@example.org")
    post, now, waits = Post(refuse={"a@example.org": False}), NOW, []
    for _ in range(delivery.TRIES):
        deliver(post, now)
        row = rows()[0]
        waits.append(row.next_try_at - now)
        now = row.next_try_at
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert rows()[0].failed_at is not None
    assert rows()[0].last_error == "said no"
    assert deliver(Post(), now + timedelta(days=1)) == delivery.Tally()


def test_address_that_does_not_exist_is_given_up_at_once(make):
    queue("gone@example.org", "here@example.org")
    post = Post(refuse={"gone@example.org": True})
    assert deliver(post) == delivery.Tally(sent=1, failed=1)


def test_server_that_is_away_costs_no_message_a_try(make):
    queue("a@example.org", "b@example.org")
    for minute in range(60):
        deliver(Post(unreachable=True), NOW + timedelta(minutes=minute))
    assert [row.attempts for row in rows()] == [0, 0]
    post = Post()
    assert deliver(post, NOW + timedelta(minutes=61)).sent == 2
    assert [envelope.recipient[0] for envelope in post.taken] == ["a", "b"]


def test_no_transaction_is_open_while_the_network_is_used(make):
    queue("a@example.org")
    seen = []

    @contextmanager
    def watching():
        yield lambda envelope: seen.append(db.session().in_transaction())

    delivery.deliver_due(watching, lambda: NOW)
    assert seen == [False]


def test_link_that_works_once_is_forgotten_when_its_letter_is_sent(make):
    queue("a@example.org", kind="account_reset")
    queue("b@example.org", kind="receipt")
    deliver(Post())
    assert [row.text for row in rows()] == [delivery.REMOVED, "Dear you.\n"]
    assert [bool(row.html) for row in rows()] == [False, True]


def test_failed_mail_is_sent_again_and_sent_mail_is_not(make):
    admin = make.admin()
    queue("gone@example.org", "here@example.org")
    deliver(Post(refuse={"gone@example.org": True}))
    gone, here = rows()
    assert delivery.send_again(admin.id, gone.id, NOW)
    assert delivery.send_again(admin.id, gone.id, NOW)  # pressed twice
    refused = delivery.send_again(admin.id, here.id, NOW)
    assert not refused
    assert "sent already" in refused.what
    assert db.session.scalars(sa.select(AuditEvent.action)).all() == ["mail.sent_again"]
    assert deliver(Post()).sent == 1


@pytest.mark.parametrize(
    "subject",
    ["Hi\r\nBcc: all@example.org", "Hi\nX: 1", "Hi\x00", "Hi\u2028Bcc: a@example.org", "é" * 400],
)
def test_subject_cannot_become_a_header(subject):
    envelope = Envelope(1, "<1@portal>", "a@example.org", subject, "Dear you.\n", NOW)
    message = mail.compose(envelope, sender="p@example.org", sender_name="P\r\nBcc: x@example.org")
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert {"Bcc", "X"}.isdisjoint(read.keys())
    assert len(read.get_all("To")) == 1
    assert read["From"].addresses[0].addr_spec == "p@example.org"


@pytest.mark.parametrize(
    "recipient",
    [
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "nobody",
        "<a@example.org>; b",
    ],
)
def test_message_has_one_recipient_or_none(recipient):
    envelope = Envelope(1, "<1@portal>", recipient, "Hi", "Dear you.\n", NOW)
    with pytest.raises(Undelivered) as refused:
        mail.compose(envelope, sender="p@example.org", sender_name="P")
    assert refused.value.permanent


class Sink:
    """What a real server received."""

    def __init__(self):
        self.envelopes = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append(envelope)
        return "250 taken"


@pytest.fixture
def sink():
    controller = Controller(Sink(), hostname="127.0.0.1", port=0, enable_SMTPUTF8=True)
    controller.port = _free_port()
    controller.start()
    yield controller
    controller.stop()


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_real_server_receives_one_message_for_each_recipient(make, sink):
    queue("mira@example.org", "gone@example.org", "zoë@example.org", subject="Zażółć gęślą jaźń")

    def connect():
        return mail.server(
            f"smtp://127.0.0.1:{sink.port}", sender="portal@example.org", sender_name="Programme"
        )

    assert deliver(connect) == delivery.Tally(sent=2, failed=1)
    received = sink.handler.envelopes
    assert [envelope.rcpt_tos for envelope in received] == [
        ["mira@example.org"],
        ["zoë@example.org"],
    ]
    message = email.message_from_bytes(received[0].content, policy=email.policy.default)
    assert message["Subject"] == "Zażółć gęślą jaźń"
    assert message["Message-ID"] == rows()[0].message_id
    assert message["Cc"] is None
    assert message["Bcc"] is None
    text, page = message.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert text.get_content().splitlines() == ["Dear you."]
    assert page.get_content_type() == "text/html"
    assert "<p>Dear you.</p>" in page.get_content()


class Moody(Sink):
    """A server that refuses for now, refuses for good, goes away, or breaks off in the middle, by the address."""

    async def handle_DATA(self, server, session, envelope):
        match envelope.rcpt_tos[0].partition("@")[0]:
            case "later":
                return "451 try again later"
            case "never":
                return "554 no"
            case "away":
                server.transport.abort()
                return "250 never heard"
        return await super().handle_DATA(server, session, envelope)


def test_one_message_that_a_server_cannot_bear_holds_up_no_other(make):
    controller = Controller(Moody(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    queue(*(f"{name}@example.org" for name in ("a", "away", "later", "never", "b")))

    def connect():
        return mail.server(
            f"smtp://127.0.0.1:{controller.port}", sender="p@example.org", sender_name="P"
        )

    try:
        first, second = deliver(connect), deliver(connect)
        assert first == delivery.Tally(sent=1, postponed=4)  # it broke off at the second
        assert second == delivery.Tally(sent=1, postponed=1, failed=1)
        away, later, never = rows()[1:4]
        assert (away.attempts, away.next_try_at - NOW) == (1, timedelta(minutes=1))
        assert "broke off" in away.last_error
        assert (later.attempts, later.last_error) == (1, "451 try again later")
        assert never.failed_at == NOW
        now, given_up = NOW, 0
        for _ in range(delivery.TRIES - 1):
            now += delivery.LONGEST_WAIT
            given_up += deliver(connect, now).failed + deliver(connect, now).failed
        assert given_up == 2
    finally:
        controller.stop()
    assert [e.rcpt_tos[0][0] for e in controller.handler.envelopes] == ["a", "b"]


def test_slow_server_makes_no_batch_outlast_its_lease(make):
    """What is left when time runs out is given back, so that nobody else has it in hand at the same time."""
    queue(*(f"p{n}@example.org" for n in range(6)))
    post, minutes = Post(), iter(range(0, 1000, 2))
    tally = delivery.deliver_due(post, lambda: NOW + timedelta(minutes=next(minutes)))
    assert 0 < tally.sent < 6
    assert tally.sent + tally.postponed == 6
    left = [row for row in rows() if row.sent_at is None]
    assert {row.attempts for row in left} == {0}
    assert delivery.deliver_due(post, lambda: NOW + timedelta(hours=1)).sent == tally.postponed
    assert len({envelope.row_id for envelope in post.taken}) == len(post.taken) == 6


def test_letter_that_goes_once_always_has_the_same_message_id(make):
    assert outbox.message_id("receipt:1") == outbox.message_id("receipt:1")
    assert outbox.message_id("receipt:1") != outbox.message_id("receipt:2")
    assert outbox.message_id() != outbox.message_id()
    assert outbox.message_id("receipt:1").endswith("@localhost>")


def fail_after_queueing():
    with writing() as session:
        letter = letters.Letter("Hi", "You.\n")
        outbox.put(session, "note", letter, at=NOW, recipient="a@example.org")
        session.flush()
        raise RuntimeError


def test_rolled_back_change_sends_nothing(make):
    for _ in range(50):
        with pytest.raises(RuntimeError):
            fail_after_queueing()
    assert rows() == []


def test_only_mail_that_can_be_declined_says_how():
    stop = Envelope(
        1, "<1@x>", "a@example.org", "Hi", "You.\n", NOW, stop_url="http://localhost/u/1"
    )
    message = mail.compose(stop, sender="p@example.org", sender_name="P")
    assert message["List-Unsubscribe"] == "<http://localhost/u/1>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    plain = mail.compose(replace(stop, stop_url=""), sender="p@example.org", sender_name="P")
    assert plain["List-Unsubscribe"] is None


def test_server_that_does_not_answer_is_unreachable():
    with (
        pytest.raises(Unreachable),
        mail.server(f"smtp://127.0.0.1:{_free_port()}", sender="p@example.org", sender_name="P"),
    ):
        pass


def test_password_is_not_sent_in_the_clear(sink, monkeypatch):
    monkeypatch.setattr(mail, "LOCAL", ())
    with (
        pytest.raises(Unreachable),
        mail.server(
            f"smtp://user:secret@127.0.0.1:{sink.port}", sender="p@example.org", sender_name="P"
        ),
    ):
        pass


def test_another_machine_that_cannot_encrypt_gets_no_mail_unless_the_address_says_so(
    sink, monkeypatch
):
    monkeypatch.setattr(mail, "LOCAL", ())
    there = f"smtp://127.0.0.1:{sink.port}"
    with pytest.raises(Unreachable), mail.server(there, sender="p@example.org", sender_name="P"):
        pass
    with mail.server(f"{there}?encrypt=no", sender="p@example.org", sender_name="P"):
        pass
    told = f"smtp://user:secret@127.0.0.1:{sink.port}?encrypt=no"
    with pytest.raises(Unreachable), mail.server(told, sender="p@example.org", sender_name="P"):
        pass


def test_nothing_leaves_in_demo_and_test_modes(make, settings, app):
    queue("a@example.org")
    for mode in (Mode.DEMO, Mode.TEST):
        set_so = replace(settings, mode=mode, smtp_url="smtp://127.0.0.1:9")
        assert tasks.deliver(set_so) == delivery.Tally()
    assert rows()[0].attempts == 0


def test_queue_runs_the_delivery_where_it_is_called(settings, app, monkeypatch):
    delivered = []
    monkeypatch.setattr(tasks, "deliver", lambda *given: delivered.append(given))
    queue = tasks.make_queue(settings)
    tasks.register(queue, settings, app.app_context)
    names = {task.name for task in queue._registry.periodic_tasks}
    assert {"start_deliveries", "daily_digests", "draft_reminders"} <= names
    run = next(t for t in queue._registry._registry.values() if t.__name__ == "deliver_mail")
    queue.execute(run())
    assert delivered == [(settings, tasks.AT_MOST)]

"""Asking for an extension: for which streams, and when there is something to ask for."""

from datetime import timedelta

import sqlalchemy as sa

from portal.domain.permissions import Viewer
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.models import LateDraft, SectionAnswers
from portal.queries import applications as dossiers
from portal.services import applications, extensions, late_drafts, promotion
from portal.services.late_drafts import Asked
from tests.conftest import NOW


def test_extension_can_be_asked_for_a_closed_stream_while_another_chosen_one_is_open(make):
    round_, iris = make.round(), make.user()
    early = make.stream(round_, closes_at=NOW + timedelta(days=1))
    open_ = make.stream(round_)
    wanted = [early.offerings[0].id, open_.offerings[0].id]
    applications.save_ranking(iris.id, round_.id, wanted, 0, received_at=NOW)

    def ask(at):
        return late_drafts.ask_for_extension(iris.id, round_.id, None, "Ill.", received_at=at)

    assert isinstance(ask(NOW), Refused)
    answer = ask(NOW + timedelta(days=2))

    assert isinstance(answer, Asked)
    draft = db.session.scalars(sa.select(LateDraft)).one()
    assert (draft.stream_id, draft.closed_at) == (early.id, early.closes_at)
    assert draft.extension_reason == "Ill."


def test_nobody_asks_for_more_time_once_decisions_are_out(make):
    round_, iris = make.round(released_at=NOW), make.user()
    make.stream(round_)

    answer = late_drafts.ask_for_extension(
        iris.id, round_.id, None, "Ill.", received_at=NOW + timedelta(days=30)
    )

    assert isinstance(answer, Refused)
    assert answer.what == "This round is over."
    assert db.session.scalars(sa.select(LateDraft)).all() == []


def test_more_time_for_everybody_lets_in_what_it_covers(make):
    round_, iris, olga = make.round(), make.user(), make.user()
    make.stream(round_)
    closes_at = round_.closes_at

    def save(user, words, version, at):
        answers = {"interests": words}
        return applications.save_section(
            user.id, round_.id, "interests", answers, version, received_at=at
        )

    for user in (iris, olga):
        save(user, "In time", 0, NOW)
        save(user, "An hour late", 1, closes_at + timedelta(hours=1))
    save(olga, "A day late", 1, closes_at + timedelta(days=1))

    assert promotion.let_in_covered(closes_at + timedelta(days=2)) == 0
    round_.closes_at = closes_at + timedelta(hours=2)
    db.session.commit()

    assert promotion.let_in_covered(closes_at + timedelta(days=2)) == 2
    assert promotion.let_in_covered(closes_at + timedelta(days=2)) == 0
    left = db.session.scalars(sa.select(LateDraft).where(LateDraft.settled_at.is_(None))).all()
    assert [draft.content["interests"] for draft in left] == ["A day late"]
    kept = db.session.scalars(sa.select(SectionAnswers).order_by(SectionAnswers.id)).all()
    assert [row.answers["interests"] for row in kept] == ["An hour late"] * 2


def test_two_directions_that_came_late_together_need_the_deadlines_of_both(make):
    round_, iris = make.round(), make.user()
    streams = [make.stream(round_, closes_at=NOW + timedelta(days=1)) for _ in range(2)]
    open_ = make.stream(round_)
    first, second, third = (stream.offerings[0].id for stream in (*streams, open_))
    admin = Viewer(make.admin().id, is_admin=True)
    late, until = NOW + timedelta(days=2), NOW + timedelta(days=5)
    applications.save_ranking(iris.id, round_.id, [third], 0, received_at=NOW)
    wanted = [third, first, second]
    applications.save_ranking(iris.id, round_.id, wanted, 1, received_at=late)

    def grant(stream):
        answer = extensions.grant_extension(
            admin, round_.id, iris.id, stream.id, until, reason="Ill", now=late + timedelta(hours=1)
        )
        assert isinstance(answer, int)
        return list(dossiers.of(iris.id, round_.id).ranked)

    assert grant(streams[1]) == [third]
    assert grant(streams[0]) == wanted

"""Starting, saving, ranking, withdrawing: what is written, what is refused, and what stays untouched."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.domain.applications import ApplicationState
from portal.domain.rounds import DEFAULT_GRACE
from portal.domain.verdict import Allowed, Refused
from portal.extensions import db
from portal.models import (
    Answer,
    Application,
    AuditEvent,
    Choice,
    Extension,
    LateDraft,
    OutboxMessage,
    StreamApplication,
)
from portal.queries import applications as dossiers
from portal.services import applications, late_drafts, promotion
from portal.services.applications import Mail, Saved, StaleSection, Started
from portal.services.desk import Late
from portal.services.late_drafts import Asked
from portal.services.work import writing
from tests.conftest import NOW

MAIL = Mail("Programme", "http://localhost", "help@example.org")
CLOSED = NOW + timedelta(days=14) + DEFAULT_GRACE


@pytest.fixture
def round_(make):
    return make.round()


@pytest.fixture
def iris(make):
    return make.user("Iris Okafor")


def save(user, round_, slug="about", version=0, received_at=NOW, **answers):
    return applications.save_section(
        user.id, round_.id, slug, answers, version, received_at=received_at
    )


def rank(user, round_, *offerings, version, received_at=NOW):
    ids = [offering.id for offering in offerings]
    return applications.save_ranking(user.id, round_.id, ids, version, received_at=received_at)


def events():
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_start_twice_is_one_application(round_, iris):
    first = applications.start(iris.id, round_.id, None, received_at=NOW)
    second = applications.start(iris.id, round_.id, None, received_at=NOW)

    assert isinstance(first, Started)
    assert first == second
    assert events() == ["application.started"]


def test_start_with_a_direction_adds_it_last(make, round_, iris):
    first, second = make.stream(round_), make.stream(round_)

    for stream in (first, second, first):
        slug = stream.offerings[0].direction.slug
        applications.start(iris.id, round_.id, slug, received_at=NOW)

    dossier = dossiers.of(iris.id, round_.id)
    assert dossier.ranked == (first.offerings[0].id, second.offerings[0].id)


def test_saving_keeps_incomplete_and_overlong_text_whole(round_, iris):
    long = "word " * 900

    assert save(iris, round_, "background", story=long) == Saved(1)

    answers = dossiers.of(iris.id, round_.id).answers("background")
    assert answers["story"] == long.strip()
    assert answers["position"] == ""


def test_saving_drops_nothing_but_what_a_database_cannot_hold(round_, iris):
    save(iris, round_, "background", story="one\r\ntwo\x00 三 🙂")

    assert dossiers.of(iris.id, round_.id).answers("background")["story"] == "one\ntwo 三 🙂"


def test_saving_ignores_fields_that_are_not_asked(round_, iris):
    save(iris, round_, is_admin="yes", full_name="Iris")

    assert "is_admin" not in dossiers.of(iris.id, round_.id).answers("about")


def test_saving_the_same_twice_is_no_second_version(round_, iris):
    save(iris, round_, full_name="Iris")

    assert save(iris, round_, full_name="Iris") == Saved(1)
    assert events().count("application.saved") == 1


def test_saving_over_a_newer_version_is_stale_and_writes_nothing(round_, iris):
    save(iris, round_, full_name="Iris")
    save(iris, round_, full_name="Iris O.", version=1)

    answer = save(iris, round_, full_name="Another tab", version=1)

    assert isinstance(answer, StaleSection)
    assert (answer.version, answer.answers["full_name"]) == (2, "Iris O.")
    assert dossiers.of(iris.id, round_.id).answers("about")["full_name"] == "Iris O."
    assert save(iris, round_, full_name="Another tab", version=answer.version) == Saved(3)


def test_unknown_section_is_not_there(round_, iris):
    with pytest.raises(LookupError):
        save(iris, round_, "stream-elsewhere", q1="text")


def test_audit_names_the_section_and_copies_no_text(round_, iris):
    save(iris, round_, full_name="A very private name")

    entry = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "application.saved")
    ).one()
    assert entry.after == {"section": "about", "version": 1}
    assert "private" not in f"{entry.before}{entry.after}{entry.reason}"


def test_answers_survive_removing_and_adding_a_direction(make, round_, iris):
    stream = make.stream(round_, questions=["Why?"])
    field, slug = f"q{stream.questions[0].id}", f"stream-{stream.slug}"
    rank(iris, round_, stream.offerings[0], version=0)
    save(iris, round_, slug, **{field: "Because."})

    rank(iris, round_, version=1)
    assert dossiers.of(iris.id, round_.id).ranked == ()
    rank(iris, round_, stream.offerings[0], version=2)

    assert dossiers.of(iris.id, round_.id).answers(slug) == {field: "Because."}


def test_retired_question_keeps_its_answer(make, round_, iris):
    stream = make.stream(round_, questions=["Old?", "New?"])
    old, new = stream.questions
    slug = f"stream-{stream.slug}"
    save(iris, round_, slug, **{f"q{old.id}": "Kept."})
    old.retired_at = NOW
    db.session.commit()

    save(iris, round_, slug, version=1, **{f"q{new.id}": "Fresh."})

    texts = db.session.execute(sa.select(Answer.question_id, Answer.text)).all()
    assert dict(map(tuple, texts)) == {old.id: "Kept.", new.id: "Fresh."}


def test_ranking_is_one_to_n_whatever_is_asked(make, round_, iris):
    offerings = [make.stream(round_).offerings[0] for _ in range(4)]
    rank(iris, round_, *offerings, version=0)
    rank(iris, round_, offerings[3], offerings[0], offerings[3], offerings[1], version=1)

    rows = db.session.execute(sa.select(Choice.offering_id, Choice.rank).order_by(Choice.rank))
    assert [tuple(row) for row in rows] == [
        (offerings[3].id, 1),
        (offerings[0].id, 2),
        (offerings[1].id, 3),
    ]


def test_ranking_refuses_more_than_the_round_takes(make, iris):
    round_ = make.round(max_choices=2)
    offerings = [make.stream(round_).offerings[0] for _ in range(3)]

    answer = rank(iris, round_, *offerings, version=0)

    assert isinstance(answer, Refused)
    assert "up to 2" in answer.what
    assert db.session.scalar(sa.select(sa.func.count(Choice.id))) == 0


def test_ranking_refuses_an_offering_of_another_round(make, round_, iris):
    elsewhere = make.stream(make.round()).offerings[0]

    with pytest.raises(LookupError):
        rank(iris, round_, elsewhere, version=0)


def test_stale_ranking_shows_what_stands(make, round_, iris):
    first, second = (make.stream(round_).offerings[0] for _ in range(2))
    rank(iris, round_, first, second, version=0)
    rank(iris, round_, second, first, version=1)

    answer = rank(iris, round_, first, version=1)

    assert isinstance(answer, StaleSection)
    assert answer.ranked == (second.id, first.id)


def test_closed_stream_can_be_removed_and_reordered_but_not_added(make, round_, iris):
    closes = NOW + timedelta(days=1)
    early = make.stream(round_, closes_at=closes).offerings[0]
    other_early = make.stream(round_, closes_at=closes).offerings[0]
    open_ = make.stream(round_).offerings[0]
    rank(iris, round_, early, open_, version=0)
    after = closes + DEFAULT_GRACE

    assert rank(iris, round_, open_, early, version=1, received_at=after) == Saved(2)
    added = rank(iris, round_, open_, early, other_early, version=2, received_at=after)
    assert isinstance(added, Late)
    assert rank(iris, round_, open_, version=2, received_at=after) == Saved(3)
    assert isinstance(rank(iris, round_, open_, early, version=3, received_at=after), Late)


def test_late_save_keeps_the_text_once_and_touches_nothing(round_, iris):
    save(iris, round_, full_name="Before")

    first = save(iris, round_, full_name="Too late", version=1, received_at=CLOSED)
    again = save(iris, round_, full_name="Too late", version=1, received_at=CLOSED)

    assert isinstance(first, Late)
    assert (first.received_at, first.closed_at) == (CLOSED, round_.closes_at)
    assert again.draft_id == first.draft_id
    draft = db.session.scalars(sa.select(LateDraft)).one()
    assert draft.content["full_name"] == "Too late"
    assert dossiers.of(iris.id, round_.id).answers("about")["full_name"] == "Before"
    assert events()[-1] == "application.refused_late"


def test_round_that_is_not_open_yet_refuses_and_keeps_nothing(make, iris):
    round_ = make.round(opens_at=NOW + timedelta(days=1))

    answer = save(iris, round_, full_name="Early")

    assert isinstance(answer, Refused)
    assert "not open yet" in answer.what
    assert db.session.scalar(sa.select(sa.func.count(LateDraft.id))) == 0


def test_released_round_refuses_even_within_an_extension_and_keeps_the_text(make, iris):
    round_ = make.round(released_at=NOW - timedelta(hours=1))
    make.keep(
        Extension(
            round_id=round_.id,
            user_id=iris.id,
            closes_at=NOW + timedelta(days=9),
            reason="ill",
            granted_at=NOW,
        )
    )

    answer = save(iris, round_, full_name="After all")

    assert isinstance(answer, Late)
    assert "over" in answer.refusal.what
    assert db.session.get(LateDraft, answer.draft_id).content["full_name"] == "After all"


def test_extension_is_asked_for_after_the_deadline_with_a_reason(round_, iris):
    late = save(iris, round_, full_name="Late", received_at=CLOSED)

    assert isinstance(
        late_drafts.ask_for_extension(iris.id, round_.id, None, "  ", received_at=CLOSED), Refused
    )
    answer = late_drafts.ask_for_extension(
        iris.id, round_.id, late.draft_id, "The power was out.", received_at=CLOSED
    )

    assert answer == Asked(late.draft_id)
    draft = db.session.get(LateDraft, late.draft_id)
    assert (draft.extension_asked_at, draft.extension_reason) == (CLOSED, "The power was out.")


def test_extension_asked_on_another_persons_draft_lands_on_ones_own(make, round_, iris):
    theirs = save(make.user(), round_, full_name="Other", received_at=CLOSED)

    answer = late_drafts.ask_for_extension(
        iris.id, round_.id, theirs.draft_id, "Mine.", received_at=CLOSED
    )

    assert answer.draft_id != theirs.draft_id
    assert db.session.get(LateDraft, theirs.draft_id).extension_asked_at is None


def extend(make, round_, user, until):
    """Grant more time for all streams and let in what it covers, as the admin's verb does."""
    with writing() as session:
        session.add(
            Extension(
                round_id=round_.id, user_id=user.id, closes_at=until, reason="ill", granted_at=NOW
            )
        )
        return promotion.promote(session, user.id, round_.id, actor_id=None, at=CLOSED)


def test_extension_lets_the_late_text_in(make, round_, iris):
    stream = make.stream(round_, questions=["Why?"])
    slug, field = f"stream-{stream.slug}", f"q{stream.questions[0].id}"
    save(iris, round_, full_name="Before")
    save(iris, round_, full_name="Late", version=1, received_at=CLOSED)
    save(iris, round_, slug, **{field: "Late too."}, received_at=CLOSED)
    rank(iris, round_, stream.offerings[0], version=0, received_at=CLOSED)

    assert extend(make, round_, iris, CLOSED + timedelta(days=1)) == 3

    dossier = dossiers.of(iris.id, round_.id)
    assert dossier.answers("about")["full_name"] == "Late"
    assert dossier.answers(slug) == {field: "Late too."}
    assert dossier.ranked == (stream.offerings[0].id,)
    assert set(db.session.scalars(sa.select(LateDraft.settled_at))) == {CLOSED}


def test_extension_starts_an_application_for_someone_who_came_too_late(make, round_, iris):
    applications.start(iris.id, round_.id, None, received_at=CLOSED)
    assert dossiers.of(iris.id, round_.id).application is None

    extend(make, round_, iris, CLOSED + timedelta(days=1))

    assert dossiers.of(iris.id, round_.id).application is not None


def test_extension_that_ends_before_the_text_arrived_lets_nothing_in(make, round_, iris):
    save(iris, round_, full_name="Late", received_at=CLOSED + timedelta(days=5))

    assert extend(make, round_, iris, CLOSED + timedelta(days=1)) == 0
    assert dossiers.of(iris.id, round_.id).application is None


def test_late_text_never_replaces_what_was_saved_after_it(make, round_, iris):
    save(iris, round_, full_name="Late", received_at=CLOSED)
    with writing() as session:
        session.add(
            Extension(
                round_id=round_.id,
                user_id=iris.id,
                closes_at=CLOSED + timedelta(days=1),
                reason="ill",
                granted_at=NOW,
            )
        )
    save(iris, round_, full_name="Newer", received_at=CLOSED + timedelta(hours=1))

    assert extend(make, round_, iris, CLOSED + timedelta(days=2)) == 0
    assert dossiers.of(iris.id, round_.id).answers("about")["full_name"] == "Newer"


def test_withdrawing_a_draft_is_refused(round_, iris):
    applications.start(iris.id, round_.id, None, received_at=NOW)

    assert isinstance(applications.withdraw(iris.id, round_.id, MAIL, received_at=NOW), Refused)


def test_withdrawing_twice_is_one_withdrawal_and_one_mail(make, iris):
    application = make.submitted(iris)
    round_ = application.round

    for _ in range(2):
        answer = applications.withdraw(iris.id, round_.id, MAIL, received_at=NOW)
        assert isinstance(answer, Allowed)

    db.session.refresh(application)
    assert application.state is ApplicationState.WITHDRAWN
    assert events().count("application.withdrawn") == 1
    letter = db.session.scalars(sa.select(OutboxMessage)).one()
    assert letter.subject == f"Withdrawn: your application to {round_.name}"
    assert "You can undo this until" in letter.text


def test_withdrawal_is_undone_with_what_was_submitted(make, iris):
    application = make.submitted(iris)
    round_ = application.round
    applications.withdraw(iris.id, round_.id, MAIL, received_at=NOW)

    assert isinstance(applications.restore(iris.id, round_.id, received_at=NOW), Allowed)

    db.session.refresh(application)
    assert application.state is ApplicationState.SUBMITTED
    assert application.withdrawn_at is None
    assert db.session.scalars(sa.select(StreamApplication.submission_id)).one()


def test_withdrawing_after_the_release_is_refused(make, iris):
    round_ = make.round(released_at=NOW - timedelta(days=1))
    application = make.submitted(iris, round_)

    assert isinstance(applications.withdraw(iris.id, round_.id, MAIL, received_at=NOW), Refused)
    assert db.session.get(Application, application.id).state is ApplicationState.SUBMITTED

"""The index of directions: what it compares, that it notices changed content, and what it costs."""

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.queries import fit
from tests.conftest import NOW

DIFFING = (
    "I would like to compare a model before and after fine-tuning and interpret only the difference between the two"
    " checkpoints, feature by feature, with a crosscoder."
)
GARDEN = (
    "My garden grows tomatoes; this summer I want to study how soil and rain change their flavour,"
    " and which old varieties survive a frost."
)


@pytest.fixture
def three(make):
    """Two directions offered in an open round, and one that is not offered."""
    paper = make.paper(
        "A crosscoder for two checkpoints", summary="Crosscoders compare checkpoints."
    )
    diffing = make.direction("Model diffing", papers=[paper])
    debate = make.direction("Debate as oversight")
    idle = make.direction("Crosscoder checkpoints")
    for row, text in (
        (
            diffing,
            "Interpret what fine-tuning changes: the difference of two checkpoints, feature by feature.",
        ),
        (debate, "Two debaters argue and a judge who cannot check decides whom to believe."),
        (idle, "Crosscoder features of checkpoints before and after fine-tuning."),
    ):
        row.body = text
    db.session.commit()
    round_ = make.round()
    make.stream(round_, directions=[diffing, debate])
    return round_, diffing, debate, idle


def test_near_compares_open_directions_only(three):
    _, diffing, _, _ = three
    found = fit.near(DIFFING, NOW)
    assert found.verdict == "fits"
    assert found.among == "open"
    assert [each.direction_id for each in found.fits] == [diffing.id]


def test_near_falls_back_to_all_directions_and_says_so(three):
    found = fit.near(DIFFING, NOW + timedelta(days=30))
    assert found.among == "all"
    assert three[3].id in {each.direction_id for each in found.fits}


def test_near_keeps_to_a_round_whatever_its_phase(three):
    round_, diffing, _, _ = three
    found = fit.near(DIFFING, NOW + timedelta(days=30), round_.id)
    assert found.among == "round"
    assert [each.direction_id for each in found.fits] == [diffing.id]


def test_portions_of_evidence_and_of_all_words_add_up_to_one(three):
    best = fit.near(DIFFING, NOW).fits[0]
    assert sum(part.portion for part in best.evidence) == pytest.approx(1)
    for part in best.evidence:
        assert sum(word.portion for word in part.words) == pytest.approx(part.portion)


def test_evidence_names_the_paper(three):
    best = fit.near(DIFFING, NOW).fits[0]
    assert "A crosscoder for two checkpoints" in {part.title for part in best.evidence}


def test_text_about_something_else_fits_nothing(three):
    found = fit.near(GARDEN, NOW)
    assert found.verdict == "nothing"
    assert found.fits == ()
    assert len(found.closest) <= 2


def test_explain_answers_for_any_direction_and_none_for_an_unknown_one(three):
    round_, _, debate, idle = three
    assert fit.explain(DIFFING, idle.id).direction_id == idle.id
    assert fit.explain(DIFFING, debate.id, round_.id).band == "none"
    assert fit.explain(DIFFING, idle.id, round_.id) is None
    assert fit.explain(DIFFING, 10**6) is None


def test_no_directions_at_all_is_an_answer(database):
    found = fit.near(DIFFING, NOW)
    assert found.fits == ()
    assert fit.explain(DIFFING, 1) is None


def test_unchanged_content_costs_one_statement_and_an_edit_is_noticed(three, queries):
    _, diffing, _, _ = three
    fit.near(DIFFING, NOW)
    with queries() as sent:
        fit.near(DIFFING, NOW)
    assert sent.page == 1
    diffing.title = "Comparing gardens"
    diffing.body = "Tomatoes, soil, rain, flavour, frost and old varieties of summer gardens."
    diffing.version += 1
    db.session.commit()
    assert fit.near(GARDEN, NOW).fits[0].title == "Comparing gardens"


def test_nothing_of_a_text_is_kept(three):
    marker = "zyxwvutsrq"
    fit.near(f"{DIFFING} {marker}", NOW)
    assert marker not in repr(fit._kept)

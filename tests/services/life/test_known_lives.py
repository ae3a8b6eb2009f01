"""Lives told step by step, each on the edge of a rule: what `test_life.py` may come to by chance is here each time.

They are made of the same steps and judged by the same model and the same truths, after each step.
"""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.services.life.model import STREAMS
from tests.services.life.test_life import Life
from tests.services.life.truths import Truths


class Told:
    """`told.submits()` makes that step of a life, then asks every truth."""

    def __init__(self, life: Life) -> None:
        self.life, self.model = life, life.model

    def __getattr__(self, step: str) -> object:
        def take(*values: object, **named: object) -> None:
            getattr(self.life, step)(*values, **named)
            for truth in Truths.ALL:
                truth(self.life)

        return take


@pytest.fixture
def told(app: Flask) -> Iterator[Told]:
    Life.app = app
    life = Life()
    life.begins()
    yield Told(life)
    life.teardown()


@pytest.mark.parametrize("what", ["saves", "answers", "submits"])
def test_every_deadline_and_end_of_grace_to_the_microsecond(told, what):
    for _ in told.model.instants():
        told.tries_on_each_side_of_an_instant(0, what)
    told.grants_one_person_more_time("early", 1, False)
    for _ in range(2):
        told.tries_on_each_side_of_an_instant(0, what)


@pytest.mark.parametrize("since", ["more", "moved", "withdrawn"])
def test_the_page_of_the_first_submit_pressed_again(told, since):
    told.submits()
    told.submits_again_and_presses_the_first_page(since)
    told.time_passes(500)
    told.presses_again(next(iter(told.model.keys)))
    told.submits()


def test_a_stream_that_closed_keeps_what_it_has(told):
    told.submits()
    told.time_passes(30)  # "early" closes
    told.saves_interests("After the first stream closed.")
    told.submits()
    told.ranks(["usual"], 1)
    told.submits()
    told.ranks(["early", "usual"], 2)
    told.grants_one_person_more_time("early", 30, False)
    told.submits()


def test_a_stream_that_reads_it_still_keeps_a_submit_open(told):
    told.submits()
    told.ranks(["early"], 1)
    told.time_passes(30)  # "early" closes; "usual" is chosen no more, and reads it still
    told.submits()
    told.ranks(["usual", "early"], 2)


def test_withdrawing_obeys_the_release_and_undoing_it_the_deadline(told):
    told.submits()
    told.withdraws_and_undoes_it_on_each_side_of_an_instant(3)
    told.submits()
    told.withdraws()
    told.submits()
    told.undoes_the_withdrawal()
    told.grants_one_person_more_time("all", 1, False)
    told.time_passes(100)
    told.releases_the_decisions()
    told.withdraws()
    told.undoes_the_withdrawal()
    told.submits()
    told.saves_interests("After the release.")
    told.asks_for_more_time(True, 0)
    told.grants_one_person_more_time("all", 1, False)
    told.the_job_lets_in_what_is_covered()


def test_the_release_ends_an_extension_that_is_still_running(told):
    told.submits()
    told.time_passes(500)
    told.grants_one_person_more_time("all", 30, False)
    told.saves_interests("By the extension.")
    told.releases_the_decisions()
    told.saves_interests("After the release.")
    told.submits()
    told.asks_for_more_time(True, 0)
    told.the_job_lets_in_what_is_covered()


def test_the_job_lets_nothing_in_once_decisions_are_out(told):
    told.submits()
    told.time_passes(500)
    told.saves_interests("Late, and covered by more time for everybody.")
    told.extends_the_round(1, False)
    told.time_passes(20)
    told.releases_the_decisions()
    told.the_job_lets_in_what_is_covered()


@pytest.mark.parametrize("who", [*STREAMS, "all"])
def test_what_came_late_is_let_in_once_and_submitted_by_one_press(told, who):
    told.submits()
    told.time_passes(500)
    told.saves_interests("Late.")
    told.saves_an_answer("early", "Late for one stream.")
    told.time_passes(1)
    told.saves_interests("Later.")
    told.saves_interests("Later.")
    told.submits()
    told.submits()
    told.asks_for_more_time(False, 0)
    told.grants_one_person_more_time(who, 1, True)
    told.the_job_lets_in_what_is_covered()
    told.grants_one_person_more_time(who, 30, False)
    told.submits_what_was_let_in(1, False)
    told.submits_what_was_let_in(0, True)
    told.submits_what_was_let_in(0, False)
    told.the_job_lets_in_what_is_covered()
    told.submits()


@pytest.mark.parametrize("hours", [1, 30])
def test_the_one_press_stands_under_the_deadline_as_any_submit(told, hours):
    told.time_passes(500)
    told.saves_interests("Late.")
    told.submits()
    told.grants_one_person_more_time("all", 1, False)
    told.time_passes(hours)
    told.submits_what_was_let_in(0, False)
    told.withdraws()
    told.submits_what_was_let_in(0, False)


def test_more_time_for_everybody_lets_in_what_it_covers_and_nothing_over_a_newer_text(told):
    told.time_passes(500)
    told.saves_interests("Late, and then overtaken.")
    told.saves_an_answer("usual", "Late.")
    told.ranks(["usual"], 1)
    told.extends_the_round(30, False)
    told.saves_interests("Newer.")
    told.the_job_lets_in_what_is_covered()
    told.the_job_lets_in_what_is_covered()
    told.moves_the_deadline_of_one_stream("early", -1)
    told.closes_at_once()
    told.saves_an_answer("usual", "After it was closed at once.")
    told.declines_what_was_asked()
    told.asks_for_more_time(True, 0)
    told.declines_what_was_asked()


def test_two_pages_never_write_over_each_other(told):
    told.saves_interests("From the newer page.")
    told.saves_from_an_older_page()
    told.time_passes(500)
    told.saves_from_an_older_page()

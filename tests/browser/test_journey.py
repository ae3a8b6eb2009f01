"""The whole journey, as one story: real clicks and typing, with scripts and again without."""

from datetime import timedelta

import pytest

from portal import clock
from portal.domain.instants import in_utc, iso
from tests.browser import stage
from tests.browser.conftest import Cast
from tests.browser.person import Person
from tests.browser.roles import (
    ABOUT,
    AFTERTHOUGHT,
    ANSWERS,
    CV,
    INTEREST,
    REPORT,
    WORK,
    Admin,
    Applicant,
    Reader,
    RefereePerson,
)
from tests.browser.site import Site, Time

PRAISE = "They say at once what they do not know, and find it out by the next day."


@pytest.mark.parametrize("javascript", [True, False], ids=["with-scripts", "without-scripts"])
def test_an_application_goes_from_a_first_look_to_its_outcome(
    javascript: bool, site: Site, time: Time, somebody: Cast
) -> None:
    """One function, longer than others, because it is one story: each chapter stands on the one before."""
    stage.open_round(site)
    stage.asks_for_more(site)

    # -- A visitor looks around ---------------------------------------------------------------
    visitor = somebody("A Visitor", Person, javascript=javascript)
    visitor.goes_to("/").reads("Summer 2027").finds(r"1[34] days.* left")
    visitor.follows("Read the directions").follows("Model diffing", within="main", exact=True)
    visitor.reads(*ANSWERS, "Papers that illustrate it")
    visitor.follows("", within="#papers + div .entry-title")
    assert visitor.path.startswith("/papers/")
    visitor.goes_to("/find").fills("What interests you", INTEREST).presses("Find directions")
    visitor.reads("Model diffing", "Your words that count most")
    for path in ("/mentors", "/papers", "/dates", "/faq", "/streams", "/privacy"):
        visitor.goes_to(path)

    # -- An applicant registers and fills the form --------------------------------------------
    applicant = somebody("Ines Varga", Applicant, javascript=javascript)
    applicant.registers().confirms_by_letter().reads("Your address is confirmed")
    applicant.starts_with("Model diffing").reads(
        "is among your directions", "1 of 8 sections complete"
    )
    applicant.tells_about_themselves().tells_their_background().tells_their_availability()
    applicant.tells_their_interests()
    applicant.reads("Near what you wrote").ranks("Sparse autoencoders", "Model diffing")
    applicant.presses("Save and continue").answers_the_stream()
    assert applicant.heading() == "Check your answers"
    applicant.reads(*ABOUT.values(), INTEREST, *ANSWERS.values(), CV, REPORT)
    applicant.reads("Measure", "PyTorch", "14", f"{stage.TASK}: not handed in yet")
    referee = somebody("Rita Haugland", RefereePerson, javascript=javascript)
    applicant.does_the_task().asks_for_a_reference(referee)
    referee.writes_a_reference(PRAISE).reads("Thank you")
    applicant.goes_to(f"/apply/{stage.ROUND}").reads("1 of 1 received", "7 of 8 sections complete")
    applicant.goes_to(f"/apply/{stage.ROUND}/check")
    time.passes(timedelta(hours=2))
    number = applicant.submits()
    applicant.reads("Application submitted", "2026-11-21T14:00:00Z")
    digest = applicant.finds(r"\b[0-9a-f]{64}\b")
    letter = applicant.letter("Received: your application to Summer 2027")
    assert number in letter
    assert digest in letter
    visitor.goes_to(f"/receipts/{number}").reads(digest, "2026-11-21T14:00:00Z")
    visitor.does_not_read("Ines", "Model diffing")

    # -- The admin invites two mentors, who come by the links in their letters ----------------
    admin = somebody("Marguerite Okonjo", Admin, javascript=javascript)
    admin.comes_from_the_command_line().signs_in()
    mentor = somebody("Lucia Brandvold", Reader, javascript=javascript)
    other = somebody("Owusu Lindqvist", Reader, javascript=javascript)
    admin.invites(mentor.email, "Lead a stream", "Inside Models")
    admin.invites(other.email, "Lead a stream", "Thinking Models")
    mentor.accepts_the_invitation()
    other.accepts_the_invitation()

    # -- The mentor reads, scores, and goes on to the next -------------------------------------
    stage.another_application(site)
    mentor.goes_to("/review").reads("Ines Varga", "Tomasz Adeyemi", "2 of 2 left")
    mentor.follows("Ines Varga", within="table")
    reading = mentor.path
    mentor.reads(INTEREST, *ANSWERS.values(), "their choice 1", CV, REPORT, WORK, PRAISE)
    mentor.scores(5, 4, "Yes", "Clear first steps, and a control for them.")
    mentor.presses("Submit and next")
    assert mentor.heading() == "Tomasz Adeyemi"
    mentor.scores(2, 3, "No", "Short.").presses("Save draft").reads("Your draft is saved")
    mentor.goes_to("/review").reads("1 of 2 left")
    other.goes_to("/review").reads("Nothing to read yet").does_not_read("Ines Varga")
    other.goes_to(reading, status=404)
    applicant.goes_to("/review", status=403)

    # -- The admin extends the round, and then closes it ----------------------------------------
    later = stage.CLOSES + timedelta(days=2)
    admin.extends_the_round(later, "The mail was down for a day.").reads("The deadline has moved")
    visitor.goes_to("/dates").reads(in_utc(later))
    letter = applicant.letter("Summer 2027")
    assert "The mail was down for a day." in letter
    applicant.adds_an_afterthought().reads("You have changes that are not submitted")
    applicant.goes_to(f"/apply/{stage.ROUND}/check")
    time.passes(timedelta(hours=3))
    closed_at = clock.now()
    admin.closes_the_round("Every place has its readers.").reads("The round is closed")

    # -- What comes too late is refused, and kept -----------------------------------------------
    time.passes(timedelta(minutes=5))
    applicant.presses("Submit your changes", status=409)
    applicant.reads(iso(closed_at), iso(clock.now()), AFTERTHOUGHT)
    applicant.fills("Why do you need a later deadline?", "My train stood still without a network.")
    applicant.presses("Ask for an extension").reads("Your request is with the programme")
    applicant.goes_to(f"/apply/{stage.ROUND}/late").reads(AFTERTHOUGHT)

    # -- The admin gives one more day, in which the applicant submits again -----------------------
    admin.goes_to(f"/admin/rounds/{stage.ROUND}/extensions").reads("My train stood still")
    admin.presses("Grant more time to Ines Varga").reads("Ines Varga has more time")
    assert "you have more time" in applicant.letter("you have more time")
    applicant.goes_to(f"/apply/{stage.ROUND}/check").reads(AFTERTHOUGHT)
    applicant.presses("Submit your changes").reads("Application submitted")
    assert applicant.receipt_number() != number
    mentor.goes_to("/review").reads("Changed since").follows("Ines Varga", within="table")
    mentor.reads(AFTERTHOUGHT)

    # -- The stream decides; before the release nobody sees anything of it ----------------------
    time.passes(timedelta(days=2))
    mentor.signs_in().decides("Ines Varga", "Accept", "We would like to see the control.")
    mentor.decides("Tomasz Adeyemi", "Decline", "")
    applicant.signs_in().goes_to(f"/apply/{stage.ROUND}")
    applicant.reads("being read. Everybody learns their outcome at the same instant")
    applicant.does_not_read("Accepted", "We would like to see the control.")

    # -- The admin releases, and everybody reads ------------------------------------------------
    time.passes(timedelta(days=10))
    admin.signs_in().goes_to(f"/admin/rounds/{stage.ROUND}/decisions").reads(
        "2 people will be told"
    )
    admin.fills("Type the number of people", "2").presses("Release these decisions")
    admin.reads("The decisions are released. 2 people are told by mail.")
    applicant.signs_in().goes_to(f"/apply/{stage.ROUND}")
    applicant.reads("Accepted", "We would like to see the control.")
    assert "We would like to see the control." in applicant.letter("decision")

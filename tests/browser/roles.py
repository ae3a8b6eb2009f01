"""What an applicant, a reader and an admin do, in the words of the story."""

import re
from datetime import datetime
from typing import Self

from tests.browser import stage
from tests.browser.person import Person

ABOUT = {"Full name": "Ines Varga", "Country you live in": "Portugal", "City": "Porto"}
CV, REPORT, WORK = "cv of ines.pdf", "report.pdf", "replication.pdf"
STORY = "I rebuilt a sparse autoencoder for a small model and found that a third of its features were one feature."
INTEREST = (
    "I want to know what changes inside a model when it is fine-tuned: which directions move, and whether the model "
    "diff says what it was trained on. First I would compare two checkpoints of one small model."
)
AFTERTHOUGHT = "After the talk I would add a control: the same fine-tuning on shuffled data."
ANSWERS = {
    stage.QUESTIONS[0][0]: "A diff that looks the same for two trainings with opposite aims.",
    stage.QUESTIONS[1][0]: "Train two tiny models, diff them, and write down what I expected.",
}


class Applicant(Person):
    def starts_with(self, direction: str) -> Self:
        """From the direction's page to an application that begins with it."""
        self.goes_to("/directions").follows(direction, within="main", exact=True)
        self.follows("Apply to this direction")
        self.signs_in_here()
        self.presses("Add it to my application")
        return self

    def opens_section(self, title: str) -> Self:
        self.goes_to(f"/apply/{stage.ROUND}").follows(title, within=".task-list", exact=True)
        return self

    def tells_about_themselves(self) -> Self:
        self.opens_section("About you")
        for label, text in ABOUT.items():
            self.fills(label, text)
        self.chooses("Will you be 18 or over", "Yes")
        self.chooses("Have you applied to this programme before", "No")
        self.presses("Save and continue")
        return self

    def tells_their_background(self) -> Self:
        self.fills("What do you do now?", "Second-year PhD student")
        self.fills("What have you done that a mentor should know about?", STORY)
        self.fills("Code", "https://example.org/ines").attaches("CV", CV)
        self.presses("Save and continue")
        return self

    def tells_their_availability(self) -> Self:
        self.chooses("How much time could you give?", "Full time")
        self.chooses("Could you take part for the whole programme?", "Yes")
        self.presses("Save and continue")
        return self

    def tells_their_interests(self) -> Self:
        self.fills("What do you want to find out, and why?", INTEREST)
        self.presses("Save and continue")
        return self

    def ranks(self, *directions: str) -> Self:
        """Add what is not chosen yet, then put them in this order by the select boxes."""
        for direction in directions:
            if not self.page.get_by_label(f"Rank of {direction}").count():
                self.presses(f"Add {direction}")
        for rank, direction in enumerate(directions, 1):
            self.picks(f"Rank of {direction}", str(rank))
        self.presses("Save the ranks")
        return self

    def answers_the_stream(self) -> Self:
        """The texts, and a question of every other kind (`stage.KINDS`)."""
        for question, answer in ANSWERS.items():
            self.fills(question, answer)
        choice, boxes, yes_no, number, date, link, file = (prompt for prompt, *_ in stage.KINDS)
        self.chooses(choice, "Measure").chooses(boxes, "PyTorch").chooses(boxes, "JAX")
        self.chooses(yes_no, "Yes").fills(number, "14").fills(date, "2027-04-05")
        self.fills(link, "https://example.org/ines/result").attaches(file, REPORT)
        self.presses("Save and continue")
        return self

    def does_the_task(self) -> Self:
        self.opens_section(stage.TASK).attaches("PDF that you hand in", WORK)
        self.presses("Hand in", within=".buttons").reads("You handed this in")
        return self

    def asks_for_a_reference(self, referee: Person) -> Self:
        self.opens_section("References").fills("Name", referee.name)
        self.fills("E-mail address", referee.email).fills("How do they know you?", "Taught me")
        self.presses("Continue to the letter").presses("Send this letter").reads("Asked")
        return self

    def submits(self) -> str:
        """From the check page; the number of the receipt."""
        self.presses("Submit your application")
        return self.receipt_number()

    def receipt_number(self) -> str:
        return self.page.locator(".confirmation strong").inner_text()

    def adds_an_afterthought(self) -> Self:
        """A change that is saved and not submitted."""
        self.opens_section("Research interests")
        self.fills("Tell us about something in research", AFTERTHOUGHT)
        self.presses("Save and see all sections")
        return self


class RefereePerson(Person):
    def writes_a_reference(self, praise: str) -> Self:
        """By the link in the letter, without an account."""
        self.follows_the_letter("asks you for a reference")
        self.fills("How long have you known them", "Two years, as their teacher.")
        self.fills("What do they do best?", praise)
        self.page.locator("fieldset").first.get_by_role("radio").first.check(force=True)
        self.chooses("May the programme write to you", "Yes")
        self.presses("Read it over and send").reads(praise).presses("Send the reference")
        return self


class Reader(Person):
    def accepts_the_invitation(self) -> Self:
        """By the link in the letter; an account is made on the way."""
        self.follows_the_letter("You are invited").reads("You are invited")
        self.follows("Register", within="main")
        self.fills_registration().presses("Register", within="main")
        self.confirms_by_letter()
        self.follows_the_letter("You are invited")
        self.follows("Sign in", within="main")
        self.signs_in_here()
        self.presses("Accept the invitation")
        return self

    def scores(self, fit: int, skill: int, recommendation: str, comment: str) -> Self:
        self.chooses("Research fit", str(fit)).chooses("Technical strength", str(skill))
        self.chooses("Recommendation", recommendation)
        self.fills("Comment", comment)
        return self

    def decides(self, applicant: str, outcome: str, reason: str) -> Self:
        self.goes_to("/review/ranking").picks(f"Decision on {applicant}", outcome)
        if reason:
            self.ticks(f"Give the reason below to {applicant}").fills("Reason", reason)
        self.presses("Save decisions").reads("1 decision saved")
        return self


class Admin(Person):
    def comes_from_the_command_line(self) -> Self:
        """`portal create-admin` prints a link that sets the password."""
        self.goes_to(self.site.create_admin(self.email))
        self.fills("New password", stage.PASSWORD)
        self.presses("password", within="main")
        return self

    def invites(self, email: str, what: str, stream: str) -> Self:
        self.goes_to("/admin/people").follows("Invite", within="main")
        self.fills("E-mail address", email).chooses("What are they to do?", what)
        self.picks("Stream", re.compile(stream))
        self.presses("Send the invitation")
        return self

    def extends_the_round(self, until: datetime, reason: str) -> Self:
        self.goes_to(f"/admin/rounds/{stage.ROUND}").follows("Extend", within="main")
        self.fills("Date", f"{until:%Y-%m-%d}").fills("Time", f"{until:%H:%M}")
        self.picks("Time zone", "UTC")
        self.fills("Why", reason)
        self.presses("Check the new deadline")
        self.reads(reason)
        self.presses("Extend the deadline")
        return self

    def closes_the_round(self, reason: str) -> Self:
        self.goes_to(f"/admin/rounds/{stage.ROUND}").follows("Close now", within="main")
        self.fills("Why", reason)
        self.presses("Close the round now")
        return self

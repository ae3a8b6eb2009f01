"""A round with two streams, one of which asks a question, and someone who applies."""

from dataclasses import dataclass

import pytest

from portal.models import Offering, Round, Stream, User
from tests.support.builders import Builder
from tests.support.house import HouseClient

ANSWERS = {
    "about": {
        "full_name": "Iris Okafor",
        "country": "Kenya",
        "adult": "yes",
        "returning": "no",
    },
    "background": {"position": "Engineer", "story": "I built a probe for small models."},
    "availability": {"hours": "full", "whole_programme": "yes"},
    "interests": {"interests": "Whether models know what they do not know."},
}


@dataclass
class Scene:
    """What the tests of the form need. `plain` asks nothing of its own, `asking` one question."""

    round: Round
    plain: Stream
    asking: Stream
    applicant: User

    @property
    def home(self) -> str:
        return f"/apply/{self.round.slug}"

    @property
    def stream_section(self) -> str:
        return f"{self.home}/stream-{self.asking.slug}"

    @property
    def question(self) -> str:
        return f"q{self.asking.questions[0].id}"


def offering(stream: Stream) -> Offering:
    return stream.offerings[0]


@pytest.fixture
def scene(make: Builder) -> Scene:
    round_ = make.round("Summer 2027")
    plain = make.stream(round_, "Model organisms", mentors=[make.mentor("Mira Sol")])
    asking = make.stream(round_, "Interpretability", questions=["What would you try first?"])
    return Scene(round_, plain, asking, make.user("Iris Okafor", time_zone="Africa/Nairobi"))


def fill(browser: HouseClient, scene: Scene, *streams: Stream) -> None:
    """Start, answer every section and choose these streams' directions, all through the pages."""
    assert browser.submit(f"{scene.home}/start", page=scene.home).status_code == 302
    for slug, answers in ANSWERS.items():
        answer = browser.submit(f"{scene.home}/{slug}", {**answers, "version": "0"})
        assert answer.status_code == 302, slug
    choose(browser, scene, *streams)
    if scene.asking in streams:
        saved = browser.submit(
            scene.stream_section, {scene.question: "A probe on refusals.", "version": "0"}
        )
        assert saved.status_code == 302


def choose(browser: HouseClient, scene: Scene, *streams: Stream) -> None:
    for stream in streams:
        page = browser.page(f"{scene.home}/directions")
        values = {
            name: page.find("input", attrs={"name": name})["value"]
            for name in ("version", "shown", "came_from", "csrf_token")
        }
        answer = browser.post(
            f"{scene.home}/directions", data={**values, "do": f"add:{offering(stream).id}"}
        )
        assert answer.status_code == 302


def submit_key(browser: HouseClient, scene: Scene) -> str:
    field = browser.page(f"{scene.home}/check").find("input", attrs={"name": "key"})
    assert field is not None, "the check page has no submit form"
    return str(field["value"])


def send(browser: HouseClient, scene: Scene, key: str = ""):
    key = key or submit_key(browser, scene)
    return browser.submit(f"{scene.home}/submit", {"key": key}, page=f"{scene.home}/check")


def status_of(page, title):
    """What the task list says of a section."""
    row = next(li for li in page.select(".task") if title in li.text)
    return row.find(class_="task-status").text.strip()


@pytest.fixture
def iris(scene, browser):
    return browser(scene.applicant)

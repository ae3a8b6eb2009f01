"""A stream's questions as an applicant meets them: kinds, changed words, and the same question asked twice."""

from dataclasses import replace
from io import BytesIO

import pytest

from portal.domain.effort import general_effort
from portal.domain.permissions import Viewer
from portal.domain.questions import Kind
from portal.extensions import db
from portal.models import Answer, Question, User
from portal.queries import applications as dossiers
from portal.services import questions
from tests.conftest import NOW
from tests.web.applicant.conftest import choose, fill, offering, send, status_of


@pytest.fixture
def boss(make):
    return Viewer(make.admin().id, is_admin=True)


@pytest.fixture
def ask(boss, scene):
    """Ask one more question of a kind; answers its field's name."""

    def added(kind, *options, stream=None, prompt="Which?", required=True):
        wording = questions.Wording(
            prompt, kind, options=options, minutes=5, required=required, word_limit=None
        )
        key = questions.add_question(boss, (stream or scene.asking).id, wording, now=NOW)
        return f"q{key}"

    return added


def reword(boss, name, **changed):
    question = db.session.get_one(Question, int(name[1:]), populate_existing=True)
    wording = replace(questions.wording_of(question), **changed)
    mark = questions.mark_of(question)
    assert questions.edit_question(boss, question.id, wording, seen=mark, now=NOW) is None


@pytest.fixture
def iris(scene, browser):
    client = browser(scene.applicant)
    client.submit(f"{scene.home}/start", page=scene.home)
    return client


def filled(page):
    """What the form of a section would send as it stands."""
    form = page.find("input", attrs={"name": "writer"}).find_parent("form")
    sent = {}
    for control in form.select("input[name], textarea[name]"):
        kind = control.get("type")
        if kind in ("radio", "checkbox") and not control.has_attr("checked"):
            continue
        text = control.text.removeprefix("\n") if control.name == "textarea" else control["value"]
        if kind != "file":
            sent.setdefault(control["name"], []).append(text)
    return sent


def ticked(page, name):
    return [box["value"] for box in page.select(f"input[name={name}]") if box.has_attr("checked")]


def answer_of(name):
    found = db.session.query(Answer).filter_by(question_id=int(name[1:])).one()
    db.session.refresh(found)
    return found


# -- kinds ----------------------------------------------------------------------------------------


def test_choices_are_groups_with_legends_and_come_back_as_chosen(scene, iris, ask):
    choose(iris, scene, scene.asking)
    one, many = ask(Kind.CHOICE, "Red", "Blue"), ask(Kind.CHOICES, "PyTorch", "JAX", "Neither")

    iris.submit(scene.stream_section, {one: "Blue", many: ["PyTorch", "JAX"], "version": "0"})

    page = iris.page(scene.stream_section)
    assert ticked(page, one) == ["Blue"]
    assert ticked(page, many) == ["PyTorch", "JAX"]
    assert len(page.select("fieldset > legend")) == 2
    assert page.select_one(f"input[name={many}]")["type"] == "checkbox"
    check = iris.page(f"{scene.home}/check")
    assert "PyTorch\nJAX" in [dd.text for dd in check.select(".summary-value")]


@pytest.mark.parametrize(("kind", "control"), [(Kind.DATE, "date"), (Kind.LINK, "url")])
def test_malformed_answer_is_told_at_the_field_and_kept(scene, iris, ask, kind, control):
    choose(iris, scene, scene.asking)
    name = ask(kind)

    iris.submit(scene.stream_section, {name: "not so", "version": "0"})

    field = iris.page(scene.stream_section).find("input", attrs={"name": name})
    assert (field["type"], field["value"], field["aria-invalid"]) == (control, "not so", "true")


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.CHOICES])
def test_option_that_is_gone_is_kept_and_told(scene, iris, boss, ask, kind):
    choose(iris, scene, scene.asking)
    name = ask(kind, "Red", "Blue")
    iris.submit(scene.stream_section, {name: "Red", "version": "0"})
    reword(boss, name, options=("Blue", "Green"))

    page = iris.page(scene.stream_section)

    assert ticked(page, name) == ["Red"]
    assert "Red (not offered any more)" in page.text
    assert "answers that are offered now" in page.find(id=f"{name}-error").text
    iris.post(scene.stream_section, data=filled(page))  # saved as the page stands
    assert answer_of(name).text == "Red"
    assert "offered now" in iris.page(f"{scene.home}/check").text


def test_option_that_was_never_offered_does_not_count(scene, iris, ask):
    choose(iris, scene, scene.asking)
    name = ask(Kind.CHOICES, "Red", "Blue")

    iris.submit(scene.stream_section, {name: ["Red", "<b>Forged</b>"], "version": "0"})

    assert answer_of(name).text == "Red\n<b>Forged</b>"
    assert "offered now" in iris.page(f"{scene.home}/check").text


# -- other words ----------------------------------------------------------------------------------


def test_changed_question_is_told_everywhere_until_it_is_saved_again(scene, browser, boss):
    iris = browser(scene.applicant)
    fill(iris, scene, scene.asking)
    reword(boss, scene.question, prompt="What would you try last?")

    section = iris.page(scene.stream_section)
    for page in (section, iris.page(f"{scene.home}/check")):
        assert "This question was changed after you answered it." in page.text
        assert "It was: “What would you try first?”" in page.text
    assert "1 question was changed after you answered." in iris.page(scene.home).text
    assert "A probe on refusals." in section.text

    iris.post(scene.stream_section, data={**filled(section), "then": "list"})

    assert answer_of(scene.question).question_version == 2
    for path in (scene.stream_section, f"{scene.home}/check", scene.home):
        assert "changed after you answered" not in iris.page(path).text


def test_save_by_itself_does_not_answer_the_new_words(scene, browser, boss):
    iris = browser(scene.applicant)
    fill(iris, scene, scene.asking)
    reword(boss, scene.question, prompt="What would you try last?")
    typed = filled(iris.page(scene.stream_section))

    path, by_itself = f"{scene.stream_section}/draft", {"HX-Request": "true"}
    iris.post(path, data={**typed, "turn": "1"}, headers=by_itself)
    assert answer_of(scene.question).question_version == 1

    changed = {**typed, scene.question: "Another probe.", "turn": "2"}
    iris.post(path, data=changed, headers=by_itself)
    assert answer_of(scene.question).question_version == 2


def test_answer_belongs_to_the_words_that_its_page_showed(scene, iris, boss):
    """The page was open when the question changed."""
    choose(iris, scene, scene.asking)
    typed = filled(iris.page(scene.stream_section))
    reword(boss, scene.question, prompt="What would you try last?")

    iris.post(scene.stream_section, data={**typed, scene.question: "A probe."})

    assert answer_of(scene.question).question_version == 1
    assert "It was: “What would you try first?”" in iris.page(scene.stream_section).text


def test_submission_keeps_the_old_words_for_all_who_read_it(scene, browser, boss, make):
    iris = browser(scene.applicant)
    fill(iris, scene, scene.asking)
    send(iris, scene)
    reword(boss, scene.question, prompt="What would you try last?")

    dossier = dossiers.of(scene.applicant.id, scene.round.id)
    [given] = dossier.content().stream(scene.asking.id).answers
    assert (given.question, given.version) == ("What would you try first?", 1)
    row = dossier.stream_application(scene.asking)
    for page in (
        browser(make.member(scene.asking)).page(f"/review/{row.id}"),
        browser(db.session.get_one(User, boss.user_id)).page(
            f"/admin/applications/{row.application_id}"
        ),
    ):
        assert "What would you try first?" in page.text
        assert "What would you try last?" not in page.text


# -- the same question of two streams -------------------------------------------------------------


@pytest.fixture
def twice(scene, iris, ask):
    """Both chosen streams ask the same; the first is answered. The name of the second's field."""
    name = ask(Kind.LONG_TEXT, stream=scene.plain, prompt="What would you  try FIRST?")
    choose(iris, scene, scene.asking, scene.plain)
    iris.submit(scene.stream_section, {scene.question: "A probe.", "version": "0"})
    return name


def test_answer_to_the_same_question_is_offered_and_used_by_a_button(scene, iris, twice):
    path = f"{scene.home}/stream-{scene.plain.slug}"
    page = iris.page(path)
    assert "You answered the same question for Interpretability:" in page.text
    assert not page.find("textarea", attrs={"name": twice}).text.strip()  # not filled unasked
    first = page.find("textarea", attrs={"name": twice}).find_parent("form").find("button")
    assert first["name"] == "then"  # Enter must not press it

    used = iris.post(path, data={**filled(page), "use": twice})

    assert used.location.endswith(f"{path}#{twice}")
    assert answer_of(twice).text == "A probe."
    assert "same question" not in iris.page(path).text


def test_button_never_replaces_what_was_typed(scene, iris, twice):
    path = f"{scene.home}/stream-{scene.plain.slug}"
    typed = {**filled(iris.page(path)), twice: "My own words."}
    iris.post(path, data={**typed, "use": twice})
    assert answer_of(twice).text == "My own words."


# -- effort and ranking ---------------------------------------------------------------------------


def test_effort_is_told_before_and_while_writing(scene, iris, make):
    make.work_test(scene.asking, hours=6)
    page = iris.page(f"{scene.home}/directions")
    assert "1 question, about 15 minutes and up to 200 words; 1 task of about 6 hours" in page.text

    choose(iris, scene, scene.asking)

    note = iris.page(f"{scene.home}/directions").find("h2", string="Effort").parent.text
    assert "1 question, about 15 minutes and up to 200 words; 1 task of about 6 hours" in note
    assert "Left: 1 question, about 15 minutes" in iris.page(scene.stream_section).text
    before = iris.page(scene.home).text
    iris.submit(scene.stream_section, {scene.question: "A probe.", "version": "0"})
    after = iris.page(scene.home).text
    everybodys = general_effort().questions
    needed = general_effort().needed
    assert f"Left: {needed + 1} required questions and {everybodys - needed} optional" in before
    assert f"Left: {needed} required questions and {everybodys - needed} optional ones" in after
    assert "1 task to hand in, about 6 hours in all" in after


def test_answers_of_a_removed_stream_are_kept_and_not_sent(scene, browser):
    iris = browser(scene.applicant)
    fill(iris, scene, scene.plain, scene.asking)
    path = f"{scene.home}/directions"

    iris.post(
        path, data={**filled_ranking(iris, path), "do": f"remove:{offering(scene.asking).id}"}
    )
    check = iris.page(f"{scene.home}/check")
    assert "A probe on refusals." not in check.text
    send(iris, scene)
    assert dossiers.of(scene.applicant.id, scene.round.id).content().stream(scene.asking.id) is None

    choose(iris, scene, scene.asking)
    assert "A probe on refusals." in iris.page(scene.stream_section).text
    assert status_of(iris.page(scene.home), "Questions of Interpretability") == "Complete"


def filled_ranking(browser, path):
    form = browser.page(path).find("input", attrs={"name": "shown"}).find_parent("form")
    return {field["name"]: field["value"] for field in form.select("input[type=hidden]")}


def test_a_packet_from_before_a_change_is_taken_in_and_its_answer_belongs_to_the_old_words(
    boss, scene, iris, ask
):
    kind = ask(Kind.CHOICE, "Theory", "Practice", prompt="Which do you prefer?")
    choose(iris, scene, scene.asking)
    iris.submit(scene.stream_section, {scene.question: "A probe.", "version": "0"})
    packet = iris.get(f"{scene.home}/offline.txt").data.decode("utf-8-sig")
    assert "One of these:\r\n    Theory\r\n    Practice" in packet
    reword(boss, scene.question, prompt="What would you try last?")
    marker = f"[[answer stream-{scene.asking.slug} "
    for name, text in ((scene.question, "A larger probe."), (kind, "practice")):
        before, _, rest = packet.partition(f"{marker}{name}]]\r\n")
        packet = f"{before}{marker}{name}]]\r\n{text}\r\n{rest[rest.index('[[end') :]}"

    form = {"packet": (BytesIO(packet.encode()), "answers.txt")}
    answer = iris.submit(f"{scene.home}/offline", form)

    assert answer.status_code == 200
    assert "was changed after you downloaded the file" in answer.text
    assert "A larger probe." in answer.text
    page = iris.page(scene.stream_section)
    assert filled(page)[scene.question] == ["A larger probe."]
    assert filled(page)[kind] == ["Practice"]
    assert "This question was changed after you answered it." in page.text
    fresh = iris.get(f"{scene.home}/offline.txt").data.decode("utf-8-sig")
    assert f"{marker}{scene.question} version 2]]" in fresh

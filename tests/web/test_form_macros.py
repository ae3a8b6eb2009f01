"""The form macros: each control is labelled, described and, when wrong, says so in the same words twice."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask, render_template_string
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

IMPORT = '{% from "components/forms.html" import field, score, error_summary, hidden, submit, post_button %}'


class Link(Form):
    address = StringField("Address", [InputRequired("Enter the address of the link")])
    kind = RadioField(
        "Kind",
        choices=[SelectChoice("paper", "Paper"), SelectChoice("code", "Code")],
        validators=[InputRequired("Choose a kind")],
    )


class Specimen(FlaskForm):
    name = StringField(
        "Full name", [InputRequired("Enter your full name")], description="As on papers."
    )
    email = EmailField("E-mail", [InputRequired("Enter an e-mail address")])
    interests = TextAreaField("Interests", [Length(max=20, message="Shorten your interests")])
    place = SelectField(
        "Place", choices=[SelectChoice("uk", "London"), SelectChoice("us", "Berkeley")]
    )
    topics = SelectMultipleField(
        "Topics",
        choices=[SelectChoice("a", "A & B"), SelectChoice("c", "C")],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
        validators=[InputRequired("Choose a topic")],
    )
    taste = RadioField("Taste", choices=[SelectChoice(str(n), str(n)) for n in range(1, 6)])
    adult = BooleanField("I am an adult", [InputRequired("Confirm that you are an adult")])
    version = HiddenField("Version", [InputRequired("The version is missing")])
    links = FieldList(FormField(Link), min_entries=2)


Draw = Callable[..., BeautifulSoup]


@pytest.fixture
def draw(app: Flask) -> Draw:
    """Render a piece of template with a form that has been sent `sent`, or was not sent at all."""

    def drawn(template: str, sent: dict[str, str] | None = None) -> BeautifulSoup:
        with app.test_request_context("/", method="POST" if sent is not None else "GET"):
            form = Specimen(MultiDict(sent) if sent is not None else None)
            if sent is not None:
                form.validate()
            text = render_template_string(IMPORT + template, form=form)
        return BeautifulSoup(text, "html5lib")

    return drawn


def described(soup: BeautifulSoup, control: Tag) -> str:
    names = str(control.get("aria-describedby", "")).split()
    return " ".join(soup.find(id=name).get_text(" ", strip=True) for name in names)


def test_text_field_is_labelled_and_described_by_its_hint(draw: Draw) -> None:
    soup = draw("{{ field(form.name) }}")
    control = soup.find("input")
    assert soup.find("label", attrs={"for": control["id"]}).text == "Full name"
    assert described(soup, control) == "As on papers."
    assert not control.has_attr("aria-invalid")


def test_wrong_field_says_what_is_wrong_to_everybody(draw: Draw) -> None:
    soup = draw("{{ field(form.name) }}", {})
    control = soup.find("input")
    assert control["aria-invalid"] == "true"
    assert described(soup, control).endswith("Error: Enter your full name")


def test_browser_neither_refuses_nor_cuts_what_is_typed(draw: Draw) -> None:
    soup = draw("{{ field(form.name) }}{{ field(form.interests, words=400) }}")
    for control in soup.find_all(["input", "textarea"]):
        assert not control.has_attr("required")
        assert not control.has_attr("maxlength")
    area = soup.find("textarea")
    assert area["data-word-budget"] == "400"
    assert described(soup, area) == "Up to 400 words."


def test_text_that_was_wrong_is_kept(draw: Draw) -> None:
    soup = draw("{{ field(form.interests) }}", {"interests": "much longer than twenty letters"})
    assert soup.find("textarea").text.strip() == "much longer than twenty letters"


def test_groups_are_fieldsets_with_a_legend(draw: Draw) -> None:
    soup = draw('{{ field(form.topics, hints={"a": "Both."}) }}', {})
    group = soup.find("fieldset")
    assert group.legend.text == "Topics"
    assert described(soup, group) == "Error: Choose a topic"
    labels = [soup.find("label", attrs={"for": box["id"]}).text for box in group.find_all("input")]
    assert labels == ["A & B", "C"]
    assert described(soup, group.find("input")) == "Both."


def test_scores_are_radios_that_keys_can_reach(draw: Draw) -> None:
    soup = draw('{{ score(form.taste, "weak", "strong") }}', {"taste": "4"})
    group = soup.find("fieldset", attrs={"data-score-group": True})
    assert [radio["value"] for radio in group.find_all("input")] == list("12345")
    assert group.find("input", checked=True)["value"] == "4"


def test_error_summary_links_every_error_to_a_control_with_the_same_words(draw: Draw) -> None:
    fields = (
        "{{ error_summary(form) }}{{ hidden(form) }}"
        "{% for f in (form.name, form.email, form.interests, form.place, form.topics, form.taste, form.adult) %}"
        "{{ field(f) }}{% endfor %}"
        "{% for link in form.links %}{{ field(link.form.address) }}{{ field(link.form.kind) }}{% endfor %}"
    )
    soup = draw(fields, {"interests": "far more than twenty letters"})
    summary = soup.select_one(".error-summary[tabindex='-1'][data-autofocus]")
    links = summary.find_all("a")
    assert len(links) == 11
    for link in links:
        control = soup.find(id=link["href"][1:])
        assert control.name in ("input", "select", "textarea")
        holder = control.find_parent(class_="has-error")
        assert f"Error: {link.text}" in holder.get_text(" ", strip=True)
    assert "The version is missing" in summary.text


def test_error_summary_is_absent_when_nothing_is_wrong(draw: Draw) -> None:
    assert draw("{{ error_summary(form) }}").body.get_text(strip=True) == ""


def test_errors_of_no_field_stand_in_the_summary(draw: Draw) -> None:
    soup = draw('{{ error_summary(form, ["It closed.", ("Ask for time", "/ask")]) }}')
    assert [item.text for item in soup.find_all("li")] == ["It closed.", "Ask for time"]
    assert soup.find("a")["href"] == "/ask"


def test_post_button_carries_a_token_its_fields_and_words_that_tell_it_apart(draw: Draw) -> None:
    soup = draw('{{ post_button("/x", "Remove", fields={"id": 7}, about="Model diffing") }}')
    sent = {field["name"]: field["value"] for field in soup.find_all("input", type="hidden")}
    assert sent["id"] == "7"
    assert sent["csrf_token"]
    assert soup.button.text == "Remove Model diffing"

"""Leads edit the words and questions of their own streams, and of no other."""

from portal.domain.permissions import StreamRole


def test_lead_edits_text_and_questions(make, browser):
    stream = make.stream(make.round(), "Probing")
    path = f"/review/streams/{stream.id}"
    editing = browser(make.member(stream, StreamRole.CO))
    words = {
        "version": str(stream.version),
        "name": "Probing",
        "text": "We **measure**.",
        "steps": "",
    }
    assert editing.submit(f"{path}/text", words).status_code == 302
    question = {"prompt": "Why this?", "kind": "long_text", "required": "y", "minutes": "10"}
    assert editing.submit(f"{path}/questions/new", question).status_code == 302
    page = editing.page(path)
    assert page.find("strong").text == "measure"
    assert "Why this?" in page.text
    stale = editing.submit(f"{path}/text", {**words, "text": "Mine"})
    assert stale.status_code == 409
    assert "We **measure**." in stale.text
    assert "Mine" in stale.text


def test_readers_and_other_leads_cannot(make, browser):
    round_ = make.round()
    mine, other = make.stream(round_), make.stream(round_)
    browser(make.member(mine, StreamRole.READER)).page(f"/review/streams/{mine.id}", status=403)
    browser(make.member(other)).page(f"/review/streams/{mine.id}", status=404)


def test_lead_moves_and_retires_questions(make, browser):
    stream = make.stream(make.round(), questions=["First?", "Second?"])
    path = f"/review/streams/{stream.id}"
    editing = browser(make.member(stream))
    second = stream.questions[1].id
    editing.submit(f"{path}/questions/{second}/move", {"to": "up"}, page=path)
    prompts = [cell.text for cell in editing.page(path).select("tbody th")]
    assert prompts == ["Second?", "First?"]
    editing.submit(f"{path}/questions/{second}/retire", page=path)
    assert [cell.text for cell in editing.page(path).select("tbody th")] == ["First?"]


def test_lead_asks_questions_to_choose_from(make, browser):
    stream = make.stream(make.round())
    path = f"/review/streams/{stream.id}"
    editing = browser(make.member(stream))
    question = {"prompt": "Which tools?", "kind": "choices", "required": "y", "minutes": "1"}
    refused = editing.submit(f"{path}/questions/new", {**question, "options": "Only one\n\n"})
    assert "Give between 2 and 20 answers" in refused.text
    assert "Only one" in refused.text
    offered = {**question, "options": " PyTorch \r\nJAX\r\n\r\n", "word_limit": "100"}
    assert editing.submit(f"{path}/questions/new", offered).status_code == 302
    page = editing.page(path)
    assert "PyTorch · JAX" in page.find("th", attrs={"scope": "row"}).text
    assert page.find("td", attrs={"data-label": "Words"}).text == "none"  # no words are written
    again = editing.page(page.select_one("tbody a")["href"])
    assert again.find("textarea", attrs={"name": "options"}).text.split() == ["PyTorch", "JAX"]
    assert again.find("option", attrs={"value": "file"})

"""Mentors: what they offer and what they co-authored; nothing is claimed of supervision."""

import json


def test_mentor_page_lists_directions_and_papers_with_fellows_marked(client, make):
    person, fellow = make.person("Mira Mentor"), make.person("Fay Fellow")
    mentor = make.mentor(
        "Mira Mentor", person_id=person.id, organisation="Lab", bio="Studies *circuits*."
    )
    make.paper("Joint work", [fellow, person], fellows=[fellow])
    make.paper("Not hers", [fellow], fellows=[fellow])
    make.direction("Model diffing", [mentor])
    page = client.page(f"/mentors/{mentor.slug}")
    titles = [entry.text for entry in page.select(".entry-title")]
    assert titles == ["Model diffing", "Joint work"]
    assert [name.text for name in page.select(".entry .fellow")] == ["Fay Fellow"]
    assert page.find("h2", string="MATS papers co-authored")
    assert "supervis" not in page.text.lower()


def test_mentor_without_papers_or_directions_is_a_page_with_ways_on(client, make):
    page = client.page(f"/mentors/{make.mentor('Alex New').slug}")
    links = {link["href"] for link in page.select("main section a")}
    assert {"/directions", "/papers"} <= links


def test_structured_data_claims_no_employer_that_is_not_recorded(client, make):
    with_lab = make.mentor("Mira", organisation="Lab", position="Researcher")
    without = make.mentor("Otto")
    data = _data(client.page(f"/mentors/{with_lab.slug}"))
    assert data["affiliation"]["name"] == "Lab"
    assert "affiliation" not in _data(client.page(f"/mentors/{without.slug}"))


def _data(page):
    return json.loads(page.find("script", type="application/ld+json").string)


def test_mentors_are_filtered_by_topic_and_open_now(client, make):
    busy, idle = make.mentor("Busy"), make.mentor("Idle")
    direction = make.direction(mentors=[busy])
    make.direction(mentors=[idle])
    make.stream(make.round(), directions=[direction], mentors=[busy])
    assert [t.text for t in client.page("/mentors").select(".entry-title")] == ["Busy", "Idle"]
    assert [t.text for t in client.page("/mentors?open=1").select(".entry-title")] == ["Busy"]

"""What everybody may know of a stream's tasks before applying: how much work until when, nothing of what they ask."""

from datetime import timedelta

DAY = timedelta(days=1)


def test_a_direction_says_that_its_stream_asks_a_task_and_how_much_of_one(make, client):
    round_ = make.round("Summer 2027")
    stream = make.stream(round_, "Mara's stream")
    make.work_test(
        stream, "A timed riddle", brief="The secret.", minutes=90, due_at=make.now + 20 * DAY
    )
    make.work_test(stream, "Retired", retired_at=make.now)

    page = client.page(f"/directions/{stream.offerings[0].direction.slug}")

    assert "A timed riddle" in page.text
    assert "A timed task of 90 minutes, handed in as a text." in page.text
    assert "Fri 11 Dec 2026, 12:00 UTC" in page.text
    assert "The secret." not in page.text
    assert "Retired" not in page.text


def test_due_instants_are_key_dates(make, client):
    round_ = make.round("Summer 2027")
    for name in ("Alpha", "Beta"):
        make.work_test(make.stream(round_, name), due_at=make.now + 20 * DAY)
    make.work_test(
        make.stream(round_, "Gamma")
    )  # due when the stream closes, which is a date already

    assert "Tasks are due: Alpha and Beta" in client.page("/dates").text
    assert "Tasks are due: Alpha and Beta" in client.get("/dates.ics").text.replace("\r\n ", "")
    dates = client.get("/api/v1/rounds").json["items"][0]["key_dates"]
    assert [each["kind"] for each in dates].count("work_test") == 1

"""Read one application, score it, go on to the next."""

from portal.domain.permissions import StreamRole


def form(**values):
    return {"version": "0", "submission": "0", "comment": "", **values}


def complete(**values):
    return form(score_fit="4", score_skill="3", recommendation="yes", **values)


def test_submit_and_next_leads_through_the_queue(make, browser):
    stream = make.stream(make.round())
    reader = make.member(stream)
    keys = [
        make.arrived(make.submitted(make.user(name), streams=[stream]), stream).id
        for name in ("First", "Second")
    ]
    reading = browser(reader)
    first = reading.submit(f"/review/{keys[0]}", complete(then="next"))
    assert first.location == f"/review/{keys[1]}"
    last = reading.submit(f"/review/{keys[1]}", complete(then="next"))
    assert last.location == "/review"
    assert "0 of 2 left" in reading.page("/review").text


def test_reader_sees_only_the_directions_of_their_own_stream(make, browser):
    round_ = make.round()
    mine = make.stream(round_, directions=[make.direction("Model diffing")])
    other = make.stream(round_, directions=[make.direction("Secret other wish")])
    application = make.submitted(streams=[other, mine])
    reader = make.member(mine)
    page = browser(reader).page(f"/review/{make.arrived(application, mine).id}")
    assert "Model diffing" in page.text
    assert "choice 2" in page.text
    assert "Secret other wish" not in page.text
    browser(reader).page(f"/review/{make.arrived(application, other).id}", status=404)


def test_searching_finds_no_words_of_other_streams(make, browser):
    round_ = make.round()
    mine = make.stream(round_)
    other = make.stream(round_, directions=[make.direction("Zebra stripes")])
    make.submitted(make.user("Ana Applicant"), streams=[other, mine], interests="Hidden knowledge")
    reading = browser(make.member(mine))
    assert "Ana Applicant" in reading.page("/review?q=hidden+knowl").text
    assert "Ana Applicant" in reading.page("/review?q=ana").text
    assert "Ana Applicant" not in reading.page("/review?q=zebra").text


def test_others_reviews_show_only_after_ones_own_is_in(make, browser):
    stream = make.stream(make.round())
    first, second = make.member(stream), make.member(stream, StreamRole.READER)
    path = f"/review/{make.arrived(make.submitted(streams=[stream]), stream).id}"
    browser(first).submit(path, complete(then="submit", comment="A careful plan."))
    reading = browser(second)
    assert "A careful plan." not in reading.page(path).text
    reading.submit(path, complete(then="save", comment="Mine"))
    assert "A careful plan." not in reading.page(path).text
    reading.submit(path, {**complete(then="submit", comment="Mine"), "version": "1"})
    assert "A careful plan." in reading.page(path).text


def test_a_second_save_gets_both_texts(make, browser):
    stream = make.stream(make.round())
    path = f"/review/{make.arrived(make.submitted(streams=[stream]), stream).id}"
    reading = browser(make.member(stream))
    reading.submit(path, form(then="save", comment="From the first tab"))
    answer = reading.submit(path, form(then="save", comment="From the second tab"))
    assert answer.status_code == 409
    assert "From the first tab" in answer.text
    assert "From the second tab" in answer.text


def test_what_changed_since_one_read_is_told(make, browser):
    stream = make.stream(make.round())
    applicant = make.user()
    application = make.submitted(applicant, streams=[stream], interests="Probes in tiny models")
    key = make.arrived(application, stream)
    path = f"/review/{key.id}"
    reading = browser(make.member(stream))
    reading.submit(path, complete(then="submit") | {"submission": str(key.submission_id)})
    make.submitted(applicant, streams=[stream], interests="Probes in large models")
    page = reading.page(path)
    assert "Changed since you read it" in page.text
    assert [mark.text.strip() for mark in page.select("del, ins")] == ["tiny", "large"]
    assert "Changed since" in reading.page("/review?mine=changed").text


def test_an_unfinished_review_is_kept_on_the_page_and_not_submitted(make, browser):
    stream = make.stream(make.round())
    path = f"/review/{make.arrived(make.submitted(streams=[stream]), stream).id}"
    answer = browser(make.member(stream)).submit(
        path, form(then="next", score_fit="5", comment="Hm")
    )
    assert answer.status_code == 422
    assert "Technical strength: not scored yet" in answer.text
    assert "Hm" in answer.text


def test_reading_sends_as_many_queries_however_much_others_wrote(make, browser, queries):
    stream = make.stream(make.round())
    reader = make.member(stream)
    row = make.arrived(make.submitted(streams=[stream]), stream)
    path, reading = f"/review/{row.id}", browser(reader)
    make.reviewed(row, reader, fit=3, skill=3)
    counts = []
    for _ in range(3):
        make.reviewed(row, make.member(stream), fit=2, skill=4)
        reading.get(path)  # the index of the fit is built once
        with queries() as sent:
            reading.get(path)
        counts.append(sent.page)
    assert counts == [8, 8, 8], sent.statements


def test_an_applicants_words_are_never_markup(make, browser):
    stream = make.stream(make.round())
    words = '<script>alert(1)</script> & "quotes"'
    application = make.submitted(
        streams=[stream], interests=words, link_code="javascript:alert(1)", full_name="<b>Bo</b>"
    )
    page = browser(make.member(stream)).page(f"/review/{make.arrived(application, stream).id}")
    assert words in page.text
    assert "<b>Bo</b>" in page.h1.text
    assert not page.select("a[href^='javascript']")

"""A round's page says for each stream who reads it and who has not begun."""

from portal.domain.permissions import StreamRole


def table_of(page):
    return page.find(attrs={"aria-label": "Progress by reader"})


def row_of(table, stream):
    return table.find("th", attrs={"scope": "row"}, string=stream.name).find_parent("tr")


def test_who_has_read_stands_before_who_has_not_begun(make, browser):
    round_ = make.round("Summer 2027")
    stream, empty = make.stream(round_, "Circuits"), make.stream(round_, "Deception")
    make.member(stream, name="Lea Lead")
    reader = make.member(stream, StreamRole.READER, "Rolf Reader")
    application = make.submitted(make.user("Iris Okafor"), round_, [stream])
    make.reviewed(make.arrived(application, stream), reader, fit=4, skill=4)

    table = table_of(browser(make.admin()).page(f"/admin/rounds/{round_.slug}"))

    cells = [" ".join(cell.text.split()) for cell in row_of(table, stream).find_all("td")]
    assert cells == ["1", "Rolf Reader: 1 read", "Lea Lead (lead)"]
    assert "Nobody can read it yet" in row_of(table, empty).text

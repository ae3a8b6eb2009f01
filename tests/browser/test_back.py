"""After signing out, going back shows nothing of what stood there: private pages are kept by no browser."""

from tests.browser.conftest import Cast
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.stage import account, another_application, open_round

NAME = "Ines Varga"


def test_back_after_signing_out_shows_no_data(site: Site, somebody: Cast) -> None:
    open_round(site)
    another_application(site, NAME)
    account(site, "Rosa Lindqvist", lead_of="Inside Models")
    reader = somebody("Rosa Lindqvist", Person).signs_in()
    private = ["/review", "/account", "/apply"]
    for path in private:
        reader.goes_to(path)
    reader.goes_to("/review").reads(NAME)
    page = reader.page
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").first.click()
    for _ in range(len(private) + 1):
        page.go_back(wait_until="domcontentloaded")
        text = page.locator("body").inner_text()
        assert reader.path == "/login", f"back shows {reader.path}"
        assert NAME not in text
        assert "Rosa Lindqvist" not in text

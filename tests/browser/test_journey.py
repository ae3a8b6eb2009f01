"""The whole journey, as one story."""

from collections.abc import Callable

import pytest

from tests.browser import stage
from tests.browser.person import Person
from tests.browser.site import Site, Time


@pytest.mark.parametrize("javascript", [True, False], ids=["with-scripts", "without-scripts"])
def test_an_application_goes_from_a_first_look_to_its_outcome(
    javascript: bool, site: Site, time: Time, somebody: Callable[..., Person]
) -> None:
    stage.open_round(site)

    visitor = somebody("A Visitor", javascript=javascript)
    visitor.goes_to("/").reads("Summer 2027")
    visitor.goes_to("/directions").follows("Model diffing", within="main")

    applicant = somebody("Ines Varga", javascript=javascript)
    applicant.registers().confirms_by_letter()
    print(applicant.path, applicant.page.locator("main").inner_text())

"""The form as an applicant meets it: start, fill in any order, rank, check, submit, receipt."""

from tests.web.applicant.conftest import fill, send


def test_application_is_started_filled_ranked_submitted_and_receipted(scene, browser):
    iris = browser(scene.applicant)

    start = iris.page(scene.home)
    assert "Start now" in start.text

    fill(iris, scene, scene.plain, scene.asking)
    tasks = iris.page(scene.home)
    assert "6 of 7 sections complete" in tasks.text
    assert "Ready to submit" in tasks.text

    check = iris.page(f"{scene.home}/check")
    assert "A probe on refusals." in check.text
    answer = send(iris, scene)
    assert answer.status_code == 302

    receipt = iris.page(answer.location)
    assert receipt.h1.text == "Application submitted"
    assert "R-" in receipt.find(class_="confirmation").strong.text
    assert "7 of 7 sections complete" in iris.page(scene.home).text

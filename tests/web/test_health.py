"""What a load balancer asks."""


def test_healthz_answers_without_a_database(client):
    assert client.get("/healthz").json == {"status": "ok"}


def test_readyz_names_what_it_checked(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["checks"]["database"] is True


def test_unknown_address_is_a_page_that_says_what_next(client):
    page = client.page("/nothing-here", status=404)
    assert page.h1.text.strip()

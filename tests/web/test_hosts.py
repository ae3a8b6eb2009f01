"""A request for another Host is refused before anything of ours is built for it."""

import pytest


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/static/css/tokens.css", "/nothing"])
def test_foreign_host_is_refused_and_not_repeated(client, path):
    answer = client.get(path, base_url="http://evil.example")
    assert answer.status_code == 400
    assert "evil" not in answer.text + str(answer.headers)

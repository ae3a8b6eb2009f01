"""Find your direction: an answer with reasons, or a stated nothing; and no trace of what was pasted."""

import logging
import os
import socket
import subprocess
import sys

import pytest

from portal.extensions import db
from portal.queries.fit import LONGEST_TEXT

NEAR = (
    "I would like to compare a model before and after fine-tuning and interpret only the difference between the two"
    " checkpoints, feature by feature, with a crosscoder."
)
FAR = (
    "My garden grows tomatoes; this summer I want to study how soil and rain change their flavour,"
    " and which old varieties survive a frost."
)


@pytest.fixture
def diffing(make):
    paper = make.paper(
        "A crosscoder for two checkpoints", summary="Crosscoders compare checkpoints."
    )
    direction = make.direction("Model diffing", papers=[paper])
    direction.body = (
        "Interpret what fine-tuning changes: the difference of two checkpoints, feature by feature."
    )
    db.session.commit()
    make.stream(make.round(), directions=[direction])
    return direction


def test_find_names_directions_with_papers_words_and_shares(client, diffing):
    response = client.post("/find", data={"text": NEAR})
    assert response.status_code == 200
    page = response.text
    assert "One direction is near what you wrote" in page
    assert f'href="/directions/{diffing.slug}"' in page
    assert "A crosscoder for two checkpoints" in page
    assert "<strong>crosscoder</strong>" in page
    assert "read as “difference”" in page  # a plain way of saying it, and what it was taken for
    assert "8%" in page


def test_find_abstains_and_names_the_closest(client, diffing):
    page = client.post("/find", data={"text": FAR}).text
    assert "Nothing fits well" in page
    assert "near what you wrote" not in page


def test_find_says_that_a_text_is_too_short(client, diffing):
    assert "Too short to compare" in client.post("/find", data={"text": "models"}).text


def test_find_without_an_open_round_compares_all_and_says_so(client, make):
    make.direction("Model diffing")
    assert "No round is open now" in client.post("/find", data={"text": FAR}).text


@pytest.mark.parametrize("text", ["", "  \n"])
def test_find_asks_for_a_text(client, database, text):
    response = client.post("/find", data={"text": text})
    assert response.status_code == 422
    assert "There is a problem" in response.text


def test_too_long_a_text_is_refused_and_kept_on_the_page(client, diffing):
    text = "word " * (LONGEST_TEXT // 5 + 1)
    response = client.post("/find", data={"text": text})
    assert response.status_code == 422
    assert text.strip() in response.text


def test_what_was_pasted_comes_back_as_text(client, diffing):
    response = client.post("/find", data={"text": f"</textarea><script>x</script> {NEAR}"})
    assert "<script>x" not in response.text
    assert "&lt;/textarea&gt;" in response.text


def test_nothing_pasted_is_stored_logged_or_cached(client, diffing, queries, caplog):
    caplog.set_level(logging.DEBUG)
    with queries() as sent:
        response = client.post("/find", data={"text": f"{NEAR} zyxwvutsrq"})
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert all(s.lstrip().upper().startswith("SELECT") for s in sent.statements)
    assert "zyxwvutsrq" not in caplog.text
    assert "zyxwvutsrq" not in " ".join(sent.statements)


def test_a_text_in_the_address_is_ignored(client, diffing):
    assert "crosscoder" not in client.get("/find?text=crosscoder").text


# In a process of its own: the library keeps one limiter for all applications of a process.
WITHOUT_REDIS = """
from portal.app import create_app
client = create_app().test_client()
answers = [client.post("/find", data={"text": ""}).status_code for _ in range(61)]
print(sorted(set(answers[:60])), answers[60])
"""


def test_without_redis_the_page_goes_on_and_is_still_limited(tmp_path):
    with socket.socket() as held:  # bound and not listening: nothing answers there
        held.bind(("127.0.0.1", 0))
        told = {
            "PORTAL_MODE": "demo",
            "PORTAL_BASE_URL": "http://localhost",
            "PORTAL_DATA_DIR": str(tmp_path),
            "PORTAL_REDIS_URL": f"redis://127.0.0.1:{held.getsockname()[1]}/0",
        }
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_REDIS], env={**os.environ, **told},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert done.stdout == "[422] 429\n", done.stderr

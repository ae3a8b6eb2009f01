"""Every action that the code records has words and a place in docs/rules.md, and no other has."""

import re
from pathlib import Path

from flask import Flask

from portal.domain.permissions import Policy
from portal.web.admin.audit_words import PHRASES
from portal.web.policies import policy_of
from portal.web.reads import RECORD_THEMSELVES, SHOW_NO_APPLICANTS, SHOW_PEOPLE

ROOT = Path(__file__).parents[3]
PORTAL = ROOT / "portal"
ACTION = re.compile(r'"([a-z_]+\.[a-z_]+)"')
COMPOSED = re.compile(r'f"([a-z_]+\.)\{')  # such as f"review.{what}"
NO_ACTIONS = re.compile(r".*\.(json|txt|csv|pdf|zip)")
ENDPOINTS = {
    "security.logout",
    "security.login",
    "security.change_email",
    "security.change_password",
}
BEHIND_A_DESK = {Policy.ADMIN, Policy.MENTOR, Policy.LEAD}


def recorded(app: Flask) -> set[str]:
    """What services, the pages about accounts and the door name as an action: a subject, a dot, a verb."""
    files = [
        *(PORTAL / "services").glob("*.py"), *(PORTAL / "web/account").glob("*.py"),
        PORTAL / "web/noted.py", PORTAL / "web/reads.py",
    ]  # fmt: skip
    text = "".join(path.read_text("utf-8") for path in files)
    named = {name for name in ACTION.findall(text) if not NO_ACTIONS.fullmatch(name)}
    composed = tuple(COMPOSED.findall(text))
    made = {name for name in PHRASES if name.startswith(composed)}
    return (named | made) - ENDPOINTS - set(app.view_functions)


def listed() -> list[str]:
    """The actions that docs/rules.md names under "What is recorded"."""
    text = (ROOT / "docs/rules.md").read_text("utf-8")
    section = text.split("\n## What is recorded\n")[1].split("\n## ")[0]
    return re.findall(r"`([a-z_]+\.[a-z_]+)`", section)


def test_every_recorded_action_has_words_and_no_other_has(app):
    actions = recorded(app)
    assert len(actions) > 100
    assert sorted(actions - set(PHRASES)) == [], "give it words in web/admin/audit_words.py"
    assert sorted(set(PHRASES) - actions) == [], "nothing records these: take their words away"


def test_every_recorded_action_stands_in_the_rules(app):
    names = listed()
    assert len(names) == len(set(names)), "listed twice"
    assert sorted(set(names) ^ recorded(app)) == [], "docs/rules.md, What is recorded"


def test_words_follow_a_name():
    for action, words in PHRASES.items():
        assert words[0].islower(), action
        assert words[-1] not in " .", action


def test_each_page_of_the_desk_says_whether_it_shows_people(app):
    """A new page stands in one of the lists of `web/reads.py`; what shows applicants is recorded."""
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and policy_of(app, rule.endpoint) in BEHIND_A_DESK
    }
    lists = [set(SHOW_PEOPLE), RECORD_THEMSELVES - {"files.show"}, SHOW_NO_APPLICANTS]
    assert sorted(pages - set.union(*lists)) == [], "say in web/reads.py whether it shows people"
    assert sorted(set.union(*lists) - pages) == [], "no such page"
    assert sum(map(len, lists)) == len(set.union(*lists)), "a page stands in two lists"

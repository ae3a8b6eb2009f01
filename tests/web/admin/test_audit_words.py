"""Every action that the code records has its words in the audit log."""

import re
from pathlib import Path

from portal.web.admin.audit_words import PHRASES

PORTAL = Path(__file__).parents[3] / "portal"
ACTION = re.compile(r'"([a-z_]+\.[a-z_]+)"')
NO_ACTIONS = {"security.logout"}  # an endpoint


def recorded():
    """What services and the pages about accounts name as an action: a subject, a dot, a verb."""
    files = [*(PORTAL / "services").glob("*.py"), PORTAL / "web/account/events.py"]
    return {name for path in files for name in ACTION.findall(path.read_text("utf-8"))} - NO_ACTIONS


def test_every_recorded_action_has_words():
    actions = recorded()
    assert len(actions) > 70
    assert sorted(actions - set(PHRASES)) == []


def test_words_follow_a_name():
    for action, words in PHRASES.items():
        assert words[0].islower(), action
        assert words[-1] not in " .", action

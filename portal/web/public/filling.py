"""The round's facts put into stored Markdown: five names are known, everything else stays as it was written."""

import re
from collections.abc import Mapping
from datetime import datetime

from portal.domain.instants import anywhere_on_earth, in_utc
from portal.queries.rounds import RoundView

_NAME = re.compile(r"\{\{\s*(round\.[a-z_]+)\s*\}\}")
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~])")
UNKNOWN = "not announced yet"


def round_values(round_: RoundView | None) -> dict[str, str]:
    """What each placeholder stands for, as Markdown in which a round's name cannot act as markup."""
    instants = {
        "round.opens_at": round_.opens_at if round_ else None,
        "round.closes_at": round_.closes_at if round_ else None,
        "round.release_at": round_.outcome_at if round_ else None,
    }
    name = _MARKS.sub(r"\\\1", round_.name) if round_ else "the next round"
    return {"round.name": name, **{key: _written(at) for key, at in instants.items()}}


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each known `{{ round.… }}` replaced once; what was put in is not looked at again."""
    return _NAME.sub(lambda found: values.get(found.group(1), found.group()), text)


def _written(at: datetime | None) -> str:
    return f"{in_utc(at)} ({anywhere_on_earth(at)})" if at else UNKNOWN

"""What a rule answers. The same answer shows or hides the button, guards the POST and is the sentence one reads."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Allowed:
    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Refused:
    """Why not: `what` happened or cannot be done, `why`, and what the person can do `next`. Plain sentences."""

    what: str
    why: str
    next: str = ""

    def __bool__(self) -> bool:
        return False


Verdict: TypeAlias = Allowed | Refused
ALLOWED = Allowed()

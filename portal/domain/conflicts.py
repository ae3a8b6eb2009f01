"""Conflicts of interest: who says so, until when, what is only suggested, and who decides when nobody else may."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.rounds import Deadline
from portal.domain.verdict import ALLOWED, Refused, Verdict

LONGEST_REASON = 2000  # characters
LONGEST_NAMES = 5  # people whom one applicant may name in words


class Origin(StrEnum):
    """Who said that somebody should not read an application."""

    READER = "reader"
    APPLICANT = "applicant"
    ADMIN = "admin"

    @property
    def words(self) -> str:
        return {"reader": "the reader", "applicant": "the applicant", "admin": "the programme"}[
            self.value
        ]


class Why(StrEnum):
    """What makes the portal ask whether there is a conflict. It never declares one."""

    REFEREE = "was named for a reference by this applicant"
    EARLIER = "was in conflict with this applicant in another round"
    PAPER = "wrote a paper together with this applicant"
    DOMAIN = "has an e-mail address at the same organisation"


# Providers that tell nothing about where somebody works, and the names kept free for examples.
_COMMON_DOMAINS_WORDS = """
126.com 163.com aol.com duck.com example.com example.net example.org fastmail.com fastmail.fm gmail.com gmx.at
gmx.ch gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com
libero.it live.com mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com orange.fr outlook.com
outlook.de pm.me posteo.de proton.me protonmail.com qq.com rediffmail.com t-online.de tuta.io tutanota.com
web.de yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com
"""
COMMON_DOMAINS = frozenset(_COMMON_DOMAINS_WORDS.split())


def same_organisation(one: str, other: str) -> bool:
    """Whether two e-mail addresses lie at one organisation: the same domain, or one inside the other.

    Domains of common mail providers say nothing. `cs.uni.example` and `uni.example` are one organisation;
    `a.uni.example` and `b.uni.example` are not known to be.
    """
    here, there = (address.rpartition("@")[2].casefold().rstrip(".") for address in (one, other))
    if "." not in here or "." not in there or {here, there} & COMMON_DOMAINS:
        return False
    return here == there or here.endswith(f".{there}") or there.endswith(f".{here}")


def may_change_own(deadline: Deadline, at_accepts: bool) -> Verdict:
    """Whether an applicant may still change whom they name: as long as they may change their application."""
    if at_accepts:
        return ALLOWED
    return Refused(
        "This can no longer be changed here.",
        "Your application is closed, and the people who read it have been given it.",
        "Write to the programme if somebody should not read it.",
    )


@dataclass(frozen=True)
class Hands:
    """Who decides for a stream, and who of them is in conflict with one applicant: ids of accounts."""

    deciders: Collection[int]
    conflicted: Collection[int]


def may_decide_in_place(hands: Hands) -> Verdict:
    """Admins decide on an application when everybody who decides for its stream is in conflict with the applicant."""
    free = set(hands.deciders) - set(hands.conflicted)
    if not set(hands.conflicted) & set(hands.deciders):
        return Refused(
            "This stream decides by itself.",
            "None of its leads is in conflict with this applicant.",
            "Ask them to decide.",
        )
    if free:
        return Refused(
            "This stream decides by itself.",
            "It has a lead or co-lead who is not in conflict with this applicant.",
            "Ask them to decide.",
        )
    return ALLOWED


def distinct(names: Iterable[str]) -> list[str]:
    """Names as typed, one a line, without empty ones and repetitions, in their order."""
    return list(dict.fromkeys(" ".join(name.split())[:200] for name in names if name.strip()))

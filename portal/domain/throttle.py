"""How often one may try, and for how long afterwards one waits.

Failed sign-ins are counted by account *and* network together, so that nobody can lock an owner out from elsewhere,
and by network alone, so that one network cannot try many accounts. Successes cost nothing: two hundred people behind
one address can all sign in.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

IPV6_OF_ONE = 64  # bits: what a provider gives to one household or one server


@dataclass(frozen=True)
class Limit:
    """At most so many tries within a window that begins with the first of them."""

    most: int
    within: timedelta


FAILED_BY_ACCOUNT = Limit(10, timedelta(minutes=15))
# Whoever tries codes of an app has the password already; six digits bear no more guesses, from wherever they come.
FACTORS_BY_ACCOUNT = Limit(50, timedelta(hours=1))
FAILED_BY_NETWORK = Limit(100, timedelta(minutes=15))
LETTERS_BY_ADDRESS = Limit(5, timedelta(hours=1))
FORMS_BY_NETWORK = Limit(300, timedelta(hours=1))
# Each file is stored and judged by a child process for up to ten seconds; nobody replaces theirs once a minute.
FILES_BY_ACCOUNT = Limit(60, timedelta(hours=1))
FILES_BY_ACCOUNT_A_DAY = Limit(200, timedelta(days=1))


def network_of(address: str | None) -> str:
    """What counts as one network: an IPv4 address, or the IPv6 addresses that one customer gets."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    beginning = int(found) >> (128 - IPV6_OF_ONE) << (128 - IPV6_OF_ONE)
    return f"{IPv6Address(beginning)}/{IPV6_OF_ONE}"

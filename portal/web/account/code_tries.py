"""How often codes and passkeys may be tried.

Codes are counted by account and network, and six digits by account alone as well: many networks together could guess
them. Each kind is counted for itself, so that whoever tries codes keeps nobody from their other ways in; recovery codes
and passkeys cannot be guessed, so their owner gets through from any other network. A right one is given back.
"""

from dataclasses import dataclass

from flask import request

from portal.domain.second_factor import APP_CODES_BY_ACCOUNT
from portal.domain.throttle import FAILED_BY_ACCOUNT, FAILED_BY_NETWORK, network_of
from portal.services.throttle import Counted
from portal.web.account.throttle import throttle

APP, RECOVERY, PASSKEY = "app", "recovery", "passkey"


@dataclass(frozen=True)
class Try:
    """One try at a code of this kind or, with no account, at a passkey."""

    kind: str
    user_id: int | None = None

    def begin(self) -> None:
        """Count it before it is made. Answers 429 where there were too many."""
        throttle().take(*self._limits())

    def end(self, right: bool) -> bool:
        """What came of it, as it is given."""
        if right:
            throttle().forgive(*self._limits())
        return right

    def _limits(self) -> tuple[Counted, ...]:
        count, network = throttle().counted, network_of(request.remote_addr)
        limits: tuple[Counted, ...] = (count(FAILED_BY_NETWORK, "network", network),)
        if self.user_id is None:
            return limits
        whose = str(self.user_id)
        limits = (count(FAILED_BY_ACCOUNT, self.kind, whose, network), *limits)
        if self.kind == APP:
            limits = (count(APP_CODES_BY_ACCOUNT, self.kind, whose), *limits)
        return limits

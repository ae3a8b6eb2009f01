"""Which mail somebody wants: declined and taken up again by themselves, from a link in the mail or on their account."""

from datetime import datetime

from portal.domain.mail import OPTIONAL_KINDS, Optional, with_choice
from portal.models import User
from portal.services import audit, outbox
from portal.services.work import locked, writing


def choose(user_id: int, group: Optional, wanted: bool, *, now: datetime) -> bool:
    """Decline a group of mail, or take it up again; saying it twice changes nothing. False for no open account.

    What waits already is called off with it.
    """
    with writing() as session:
        user = locked(session, User, user_id)
        if user is None or user.closed_at is not None:
            return False
        before = list(user.declined_mail)
        after = with_choice(before, group, wanted)
        if after == sorted(before):
            return True
        user.declined_mail = after
        if not wanted:
            kinds = [kind for kind, each in OPTIONAL_KINDS.items() if each is group]
            outbox.call_off(session, user_id, kinds, at=now)
        audit.record(
            session,
            "account.mail_chosen",
            at=now,
            actor_id=user_id,
            subject=("user", user_id),
            before={"declined": before},
            after={"declined": after},
        )
        return True

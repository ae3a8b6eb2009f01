"""An admin looks at the portal as somebody else sees it: whom, and for how long. Nothing can be changed meanwhile.

What opens meanwhile is answered by `permissions`, from `Viewer.seen_by`.
"""

from datetime import datetime, timedelta

from portal.domain.verdict import ALLOWED, Refused, Verdict

LASTS = timedelta(minutes=15)


def may_see_as(*, is_self: bool, is_admin: bool, may_sign_in: bool) -> Verdict:
    """Whether an admin may see the portal as this person. `is_admin`, `may_sign_in`: of that person, now."""
    if is_self:
        return Refused(
            "You cannot see the portal as yourself",
            "This is your own account: you see it as it is.",
            "Go back to the list of people.",
        )
    if is_admin:
        return Refused(
            "You cannot see the portal as an admin",
            "An admin's pages show everybody, and what admins do is recorded under their own name only.",
            "Ask them what they see.",
        )
    if not may_sign_in:
        return Refused(
            "This person sees nothing now",
            "The account is disabled, closed or not confirmed, so nobody can sign in to it.",
            "Its applications stand on the page of applications.",
        )
    return ALLOWED


def goes_on(*, began_at: datetime, now: datetime, is_still_admin: bool, may_still: Verdict) -> bool:
    """Whether a look that was begun still lasts: it ends by itself, and with the rights of both sides."""
    return is_still_admin and bool(may_still) and began_at <= now < began_at + LASTS

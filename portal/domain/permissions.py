"""Who may do what. One policy a page; a page without one keeps the app from starting.

`who` is answered here, from the viewer alone; *which* objects a viewer can reach is answered by the queries, that
take the viewer; *when* something can be done is answered by `rounds` and `applications`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class StreamRole(StrEnum):
    """What a member of a stream may do there."""

    LEAD = "lead"
    CO = "co"
    READER = "reader"

    @property
    def decides(self) -> bool:
        """Leads and co-leads decide and edit the stream's text; readers read and score."""
        return self is not StreamRole.READER


class Policy(StrEnum):
    """Who may use a page at all."""

    PUBLIC = "public"  # anyone; the page sets no cookie and reads no session
    ACCOUNT = "account"  # anyone; the page is about signing in and reads the session
    SIGNED_IN = "signed_in"  # any confirmed, active account
    OWN = "own"  # the same, and never an admin who sees the portal as that person
    MENTOR = "mentor"  # a member of at least one stream
    LEAD = "lead"  # a lead or co-lead of at least one stream
    ADMIN = "admin"
    DEMO = "demo"  # anyone, in demo mode only; elsewhere the page does not exist
    OPS = "ops"  # anyone; answers health and nothing else


@dataclass(frozen=True)
class Viewer:
    """Who is asking. `roles` maps the id of each stream one belongs to onto the role there.

    `blind` are those of these streams whose review is anonymised now: who applied is withheld there.
    `withheld` is who this would be with a second factor shown in this sign-in; until then the viewer is an applicant
    and nothing more, so that no query and no page can forget to ask. None: nothing is withheld.
    `seen_by` is the admin who looks with this person's eyes: every right is the person's, and nothing can be changed.
    """

    user_id: int | None = None
    is_admin: bool = False
    roles: Mapping[int, StreamRole] = field(default_factory=dict)
    withheld: "Viewer | None" = field(default=None, kw_only=True)
    blind: frozenset[int] = frozenset()
    seen_by: int | None = field(default=None, kw_only=True)

    def before_second_factor(self) -> "Viewer":
        """The same person until this sign-in has shown a second factor: an applicant, unless they are one anyway."""
        return Viewer(self.user_id, withheld=self) if self.is_staff else self

    def through_the_eyes_of(self, seen: "Viewer") -> "Viewer":
        """What this admin gets who sees the portal as `seen`: that person's rights, and none of their own."""
        return replace(seen, is_admin=False, withheld=None, seen_by=self.user_id)

    @property
    def may_change(self) -> bool:
        """Whether anything can be written at all."""
        return self.seen_by is None

    @property
    def reader_id(self) -> int | None:
        """The account whose owner sits before the screen: who is on record for what is read."""
        return self.user_id if self.seen_by is None else self.seen_by

    @property
    def eyes(self) -> frozenset[int | None]:
        """Everybody who sees what this viewer sees: what is kept from one of them is not shown."""
        return frozenset({self.user_id, self.reader_id})

    @property
    def in_full(self) -> "Viewer":
        """With the rights that wait for a second factor: for words about a person, never for opening anything."""
        return self.withheld or self

    @property
    def is_staff(self) -> bool:
        """Whether there are rights over other people's applications."""
        return self.is_admin or bool(self.roles)

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def stream_ids(self) -> frozenset[int]:
        """Streams whose applications one may read."""
        return frozenset(self.roles)

    @property
    def led_stream_ids(self) -> frozenset[int]:
        """Streams for which one may decide."""
        return frozenset(stream for stream, role in self.roles.items() if role.decides)


ANONYMOUS = Viewer()


def permits(policy: Policy, viewer: Viewer, *, demo: bool = False) -> bool:
    """Whether `viewer` may use a page of this policy. An admin is no mentor: membership makes one."""
    match policy:
        case Policy.PUBLIC | Policy.OPS:
            return True
        case Policy.ACCOUNT:
            return viewer.may_change
        case Policy.DEMO:
            return demo
        case Policy.SIGNED_IN:
            return viewer.is_signed_in
        case Policy.OWN:
            return viewer.is_signed_in and viewer.may_change
        case Policy.MENTOR:
            return viewer.is_signed_in and bool(viewer.stream_ids)
        case Policy.LEAD:
            return viewer.is_signed_in and bool(viewer.led_stream_ids)
        case Policy.ADMIN:
            return viewer.is_signed_in and viewer.is_admin


def waits_for_second_factor(policy: Policy, viewer: Viewer) -> bool:
    """Whether a page of this policy is closed now and would open once the viewer had shown a second factor."""
    if viewer.withheld is None or permits(policy, viewer):
        return False
    return permits(policy, viewer.withheld)

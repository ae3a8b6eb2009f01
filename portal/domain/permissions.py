"""Who may do what. One policy a page; a page without one keeps the app from starting.

`who` is answered here, from the viewer alone; *which* objects a viewer can reach is answered by the queries, that
take the viewer; *when* something can be done is answered by `rounds` and `applications`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """

    user_id: int | None = None
    is_admin: bool = False
    roles: Mapping[int, StreamRole] = field(default_factory=dict)
    withheld: "Viewer | None" = field(default=None, kw_only=True)
    blind: frozenset[int] = frozenset()

    def before_second_factor(self) -> "Viewer":
        """The same person until this sign-in has shown a second factor: an applicant, unless they are one anyway."""
        return Viewer(self.user_id, withheld=self) if self.is_staff else self

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
        case Policy.PUBLIC | Policy.ACCOUNT | Policy.OPS:
            return True
        case Policy.DEMO:
            return demo
        case Policy.SIGNED_IN:
            return viewer.is_signed_in
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

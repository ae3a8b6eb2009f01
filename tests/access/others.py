"""People beside those of the table: who never had a right, who lost one, and who has half of one."""

import sqlalchemy as sa

from portal.domain.conflicts import Origin
from portal.domain.permissions import StreamRole
from portal.extensions import db
from portal.models import Conflict, Stream, StreamMember, User
from tests.conftest import NOW
from tests.support.builders import Builder


def others(make: Builder, stream: Stream, applicant: User) -> dict[str, User]:
    """By the names of people.txt. Each holds a sign-in from before they lost what they lost."""
    return {
        "unconfirmed": make.user("Uma Unconfirmed", confirmed_at=None),
        "disabled": make.user("Dan Disabled", active=False, is_admin=True),
        "former mentor": _former(make, stream),
        "reader": make.member(stream, StreamRole.READER, "Rita Reader"),
        "conflicted mentor": _conflicted(make, stream, applicant),
    }


def _former(make: Builder, stream: Stream) -> User:
    """Somebody who led the stream until a moment ago."""
    user = make.member(stream, StreamRole.LEAD, "Flo Former")
    db.session.execute(sa.delete(StreamMember).where(StreamMember.user_id == user.id))
    db.session.commit()
    return user


def _conflicted(make: Builder, stream: Stream, applicant: User) -> User:
    """A lead of the stream who knows the applicant."""
    user = make.member(stream, StreamRole.LEAD, "Cora Conflicted")
    make.keep(
        Conflict(
            round_id=stream.round_id,
            applicant_id=applicant.id,
            reader_id=user.id,
            origin=Origin.READER,
            reason="We wrote a paper together.",
            declared_at=NOW,
            declared_by_id=user.id,
        )
    )
    return user

"""Which key signed what: the public half of each key is kept from the first receipt that it signs."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.adapters.signing import Signer
from portal.models import SigningKey


def kept_key(session: Session, signer: Signer, at: datetime) -> int:
    """The id of this key's row, written now if it is the first use. Takes part in the caller's transaction."""
    wanted = sa.select(SigningKey.id).where(SigningKey.fingerprint == signer.fingerprint)
    found = session.scalar(wanted)
    if found is not None:
        return found
    row = SigningKey(fingerprint=signer.fingerprint, public_key=signer.public_key, created_at=at)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # another process used the key first at the same moment
        return session.scalars(wanted).one()
    return row.id

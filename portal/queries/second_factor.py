"""What can be read of second factors: one's own, and for admins that somebody has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from portal.domain.permissions import Viewer
from portal.domain.second_factor import Factors
from portal.extensions import db
from portal.models import Authenticator, FactorReset, Passkey, RecoveryCode


@dataclass(frozen=True)
class OwnFactors:
    """What one's own account page lists."""

    factors: Factors
    authenticator_since: datetime | None
    passkeys: Sequence[Passkey]


def factors_in(session: Session, user_id: int) -> Factors:
    """What an account has; one statement. Also for services, inside their transaction."""
    row = session.execute(
        sa.select(
            sa.exists().where(Authenticator.user_id == user_id),
            sa.select(sa.func.count())
            .select_from(Passkey)
            .where(Passkey.user_id == user_id)
            .scalar_subquery(),
            sa.select(sa.func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
            .scalar_subquery(),
        )
    ).one()
    return Factors(bool(row[0]), row[1] or 0, row[2] or 0)


def own_factors(viewer: Viewer) -> Factors:
    return factors_in(db.session(), viewer.user_id) if viewer.user_id is not None else Factors()


def own_list(viewer: Viewer) -> OwnFactors:
    """One's own factors, with the passkeys in the order in which they were added; three statements."""
    app = db.session.scalar(
        sa.select(Authenticator.added_at).where(Authenticator.user_id == viewer.user_id)
    )
    return OwnFactors(own_factors(viewer), app, own_passkeys(viewer))


def own_passkeys(viewer: Viewer) -> Sequence[Passkey]:
    return db.session.scalars(
        sa.select(Passkey)
        .where(Passkey.user_id == viewer.user_id)
        .order_by(Passkey.added_at, Passkey.id)
    ).all()


def own_passkey(viewer: Viewer, passkey_id: int) -> Passkey | None:
    found: Passkey | None = db.session.scalar(
        sa.select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == viewer.user_id)
    )
    return found


def passkey_named(credential_id: str) -> Passkey | None:
    """The passkey of this id, with its account. Knowing an id proves nothing: the caller checks the signature."""
    found: Passkey | None = db.session.scalar(
        sa.select(Passkey)
        .options(joinedload(Passkey.user))
        .where(Passkey.credential_id == credential_id)
    )
    return found


# -- for admins ----------------------------------------------------------------------------------


def factors_of(viewer: Viewer, user_id: int) -> Factors:
    """What somebody else has, as counts: nothing of a factor itself is shown to anybody."""
    return factors_in(db.session(), user_id) if viewer.is_admin else Factors()


def open_resets(viewer: Viewer) -> Sequence[FactorReset]:
    """Requests that nobody has decided, the oldest first; one statement."""
    if not viewer.is_admin:
        return ()
    return db.session.scalars(
        sa.select(FactorReset)
        .options(joinedload(FactorReset.user), joinedload(FactorReset.asked_by))
        .where(FactorReset.decided_at.is_(None))
        .order_by(FactorReset.asked_at, FactorReset.id)
    ).all()


def open_reset_of(viewer: Viewer, user_id: int) -> FactorReset | None:
    return next((each for each in open_resets(viewer) if each.user_id == user_id), None)


def reset(viewer: Viewer, reset_id: int) -> FactorReset | None:
    """One request, decided or not."""
    return db.session.get(FactorReset, reset_id) if viewer.is_admin else None

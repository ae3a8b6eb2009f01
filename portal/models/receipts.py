"""The programme's keys for signing receipts: the public halves, so that an old receipt can be checked years later."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class SigningKey(Base):
    """One public key (Ed25519, PEM). The private half is a setting and never stored here."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    public_key: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]

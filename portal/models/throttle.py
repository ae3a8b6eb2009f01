"""How often somebody tried something: counted here, so that all server processes share it and a restart keeps it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class Tally(Base):
    """Tries of one kind by one account, address or network. `key` is a keyed digest: it names nobody."""

    __tablename__ = "tallies"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    tries: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)

"""Authors of papers, and the public profiles of those who offer directions. Neither is an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Seeded

if TYPE_CHECKING:
    from portal.models.directions import Direction
    from portal.models.papers import Authorship


class Person(Seeded, Base):
    """An author. `name` is the usual one; variants are the other ways papers print it."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))

    variants: Mapped[list[PersonVariant]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="PersonVariant.name"
    )
    authorships: Mapped[list[Authorship]] = relationship(back_populates="person")
    mentor: Mapped[Mentor | None] = relationship(back_populates="person")


class PersonVariant(Base):
    __tablename__ = "person_variants"
    __table_args__ = (sa.UniqueConstraint("person_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(200), index=True)

    person: Mapped[Person] = relationship(back_populates="variants")


class Mentor(Seeded, Base):
    """A public profile. `source` says where it is documented that this person mentors."""

    __tablename__ = "mentors"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"), unique=True)
    user_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL"), unique=True
    )
    organisation: Mapped[str] = mapped_column(sa.String(200), default="")
    position: Mapped[str] = mapped_column(sa.String(200), default="")
    city: Mapped[str] = mapped_column(sa.String(100), default="")
    area: Mapped[str] = mapped_column(sa.String(200), default="")
    bio: Mapped[str] = mapped_column(sa.Text, default="")
    source: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person | None] = relationship(back_populates="mentor")
    directions: Mapped[list[Direction]] = relationship(
        secondary="direction_mentors",
        back_populates="mentors",
        order_by="Direction.title",
        viewonly=True,
    )

"""What mentors want done. A direction lasts over rounds; in a round a stream offers it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Seeded, checked
from portal.models.papers import Paper, Topic

if TYPE_CHECKING:
    from portal.models.people import Mentor


class Origin(StrEnum):
    """Where a direction's text comes from; said on its page."""

    POST = "post"
    COMPILED = "compiled"
    PORTAL = "portal"


direction_topics = sa.Table(
    "direction_topics",
    Base.metadata,
    sa.Column("direction_id", sa.ForeignKey("directions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "topic_id", sa.ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class Direction(Seeded, Base):
    __tablename__ = "directions"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    origin: Mapped[Origin] = mapped_column(checked(Origin), default=Origin.PORTAL)
    source: Mapped[str] = mapped_column(sa.Text, default="")
    position: Mapped[int] = mapped_column(default=100)
    version: Mapped[int] = mapped_column(default=1)

    mentor_links: Mapped[list[DirectionMentor]] = relationship(
        cascade="all, delete-orphan", order_by="DirectionMentor.position"
    )
    paper_links: Mapped[list[DirectionPaper]] = relationship(
        cascade="all, delete-orphan", order_by="DirectionPaper.position"
    )
    topics: Mapped[list[Topic]] = relationship(secondary=direction_topics, order_by=Topic.name)
    mentors: Mapped[list[Mentor]] = relationship(
        secondary="direction_mentors",
        back_populates="directions",
        order_by="DirectionMentor.position",
        viewonly=True,
    )
    papers: Mapped[list[Paper]] = relationship(
        secondary="direction_papers", order_by="DirectionPaper.position", viewonly=True
    )


class DirectionMentor(Base):
    __tablename__ = "direction_mentors"

    direction_id: Mapped[int] = mapped_column(
        sa.ForeignKey("directions.id", ondelete="CASCADE"), primary_key=True
    )
    mentor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("mentors.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)

    mentor: Mapped[Mentor] = relationship()


class DirectionPaper(Base):
    __tablename__ = "direction_papers"

    direction_id: Mapped[int] = mapped_column(
        sa.ForeignKey("directions.id", ondelete="CASCADE"), primary_key=True
    )
    paper_id: Mapped[int] = mapped_column(
        sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)

    paper: Mapped[Paper] = relationship()

"""Past work: papers, who wrote them in what order, and what they are about."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Base, Seeded

if TYPE_CHECKING:
    from portal.models.people import Person

paper_topics = sa.Table(
    "paper_topics",
    Base.metadata,
    sa.Column("paper_id", sa.ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "topic_id", sa.ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class Topic(Seeded, Base):
    """What a paper or direction is about. A vocabulary of its own: never the same thing as a direction."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    description: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)


class Paper(Seeded, Base):
    """`search_text` is the folded text that full-text search reads: title, summary, names, topics."""

    __tablename__ = "papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    title: Mapped[str] = mapped_column(sa.String(300))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    date: Mapped[dt.date] = mapped_column(sa.Date, index=True)
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    url_source: Mapped[str] = mapped_column(sa.Text, default="")
    featured: Mapped[bool] = mapped_column(default=False)
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    authorships: Mapped[list[Authorship]] = relationship(
        back_populates="paper", cascade="all, delete-orphan", order_by="Authorship.position"
    )
    topics: Mapped[list[Topic]] = relationship(secondary=paper_topics, order_by=Topic.name)


class Authorship(Base):
    """One author of one paper: place in the order, the name as printed, and whether a fellow on this paper."""

    __tablename__ = "authorships"
    __table_args__ = (
        sa.UniqueConstraint("paper_id", "person_id"),
        sa.UniqueConstraint("paper_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("papers.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"), index=True)
    position: Mapped[int]
    printed_name: Mapped[str] = mapped_column(sa.String(200))
    is_fellow: Mapped[bool] = mapped_column(default=False)

    paper: Mapped[Paper] = relationship(back_populates="authorships")
    person: Mapped[Person] = relationship(back_populates="authorships")

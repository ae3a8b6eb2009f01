"""Loading the reference content: once is enough, edits are kept, a mistake loads nothing and is named."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal import paths
from portal.adapters.seed_files import SeedError
from portal.extensions import db
from portal.models import (
    AuditEvent,
    Authorship,
    Direction,
    FaqEntry,
    Mentor,
    Paper,
    Person,
    PersonVariant,
    Topic,
)
from portal.models.papers import paper_topics
from portal.services.reference import load_reference
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the seeds that a test may spoil."""
    return Path(shutil.copytree(paths.SEEDS / "reference", tmp_path / "reference"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def count(column: sa.ColumnElement[int]) -> int:
    return db.session.scalar(sa.select(column)) or 0


def test_load_brings_the_documented_numbers(folder: Path) -> None:
    load_reference(folder, NOW)

    assert count(sa.func.count(Paper.id)) == 25
    assert count(sa.func.count(Person.id)) == 160
    assert count(sa.func.count(Topic.id)) == 12
    assert count(sa.func.count(paper_topics.c.paper_id)) == 37
    fellows = sa.select(sa.func.count(Authorship.person_id.distinct())).where(Authorship.is_fellow)
    assert db.session.scalar(fellows) == 37


def test_two_names_are_one_person(folder: Path) -> None:
    load_reference(folder, NOW)

    variant = db.session.scalar(
        sa.select(PersonVariant).where(PersonVariant.name == "Alexander Matt Turner")
    )
    assert variant is not None
    assert variant.person.name == "Alex Turner"
    assert variant.person.mentor is not None
    assert [a.printed_name for a in variant.person.authorships] == ["Alexander Matt Turner"]


def test_second_load_changes_nothing(folder: Path) -> None:
    first = load_reference(folder, NOW)
    again = load_reference(folder, NOW)

    assert not again.changed
    assert again.unchanged == len(first.added)
    assert count(sa.func.count(AuditEvent.id)) == 1


def test_changed_entry_is_updated_and_named(folder: Path) -> None:
    load_reference(folder, NOW)
    change(folder / "papers.toml", "BatchTopK Sparse Autoencoders", "BatchTopK SAEs")

    report = load_reference(folder, NOW)

    assert len(report.updated) == 1
    assert not report.added
    paper = db.session.scalar(sa.select(Paper).where(Paper.title == "BatchTopK SAEs"))
    assert paper is not None
    assert "batchtopk saes" in paper.search_text
    assert [a.printed_name for a in paper.authorships] == [
        "Bart Bussmann",
        "Patrick Leask",
        "Neel Nanda",
    ]


def test_edited_row_is_left_alone_and_reported(folder: Path) -> None:
    load_reference(folder, NOW)
    mentor = db.session.scalars(sa.select(Mentor).where(Mentor.slug == "lee-sharkey")).one()
    mentor.bio, mentor.edited_at = "Edited in the portal.", NOW
    db.session.commit()
    change(folder / "mentors.toml", 'name = "Lee Sharkey"', 'name = "Lee  Q Sharkey"')

    report = load_reference(folder, NOW)

    assert report.left_alone == ["mentor lee-sharkey"]
    db.session.refresh(mentor)
    assert (mentor.name, mentor.bio) == ("Lee Sharkey", "Edited in the portal.")


@pytest.mark.parametrize(
    ("file", "old", "new", "entry", "field"),
    [
        ("papers.toml", "date = 2024-12-09", 'date = "long ago"', "batchtopk", "date"),
        ("papers.toml", "featured = true", "featured = 1", "biases-in-the-blind-spot", "featured"),
        (
            "papers.toml",
            'person = "neel-nanda"',
            'person = "nobody"',
            "crosscoder-sparsity-artifacts",
            "authors",
        ),
        ("topics.toml", 'name = "Interpretability"', 'nam = "x"', "interpretability", "nam"),
        ("mentors.toml", 'name = "Neel Nanda"', 'name = ""', "neel-nanda", "name"),
        ("mentors.toml", 'city = "London"', 'city = "London"\nhat = "red"', "neel-nanda", "hat"),
        (
            "directions/model-diffing.md",
            'origin = "post"',
            'origin = "x"',
            "model-diffing",
            "origin",
        ),
        ("directions/model-diffing.md", "order = 3", 'order = "3"', "model-diffing", "order"),
    ],
)
def test_mistake_names_file_entry_and_field_and_loads_nothing(
    folder: Path, file: str, old: str, new: str, entry: str, field: str
) -> None:
    change(folder / file, old, new)

    with pytest.raises(SeedError) as caught:
        load_reference(folder, NOW)

    assert caught.value.file == file
    assert entry in caught.value.entry
    assert caught.value.field == field
    assert count(sa.func.count(Paper.id)) == 0
    assert count(sa.func.count(Topic.id)) == 0


def test_broken_toml_names_the_file(folder: Path) -> None:
    (folder / "topics.toml").write_text("[[topic]\n", encoding="utf-8")

    with pytest.raises(SeedError, match=r"topics\.toml"):
        load_reference(folder, NOW)


def test_directions_and_answers_arrive_with_their_links(folder: Path) -> None:
    load_reference(folder, NOW)

    direction = db.session.scalars(
        sa.select(Direction).where(Direction.slug == "model-diffing")
    ).one()
    assert [mentor.slug for mentor in direction.mentors] == ["neel-nanda", "arthur-conmy"]
    assert [paper.slug for paper in direction.papers] == ["crosscoder-sparsity-artifacts"]
    first = db.session.scalars(sa.select(FaqEntry).order_by(FaqEntry.position)).first()
    assert first is not None
    assert first.question == "What is the MATS Program?"

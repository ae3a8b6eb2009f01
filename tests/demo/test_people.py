"""Invented people: the same for the same seed, each with an address of their own, from everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal.demo.material import Material, MaterialError, load_material
from portal.demo.people import DemoPerson, Progress, people, person, schedule
from portal.demo.plan import load_plan

SEEDS = Path(__file__).parents[2] / "seeds"
DEMO = SEEDS / "demo"
OPENS = datetime(2027, 3, 1, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=32)


@pytest.fixture(scope="module")
def material() -> Material:
    return load_material(DEMO)


@pytest.fixture(scope="module")
def crowd(material: Material) -> list[DemoPerson]:
    return list(people(7, 2000, material))


def test_people_are_the_same_whatever_the_number(
    material: Material, crowd: list[DemoPerson]
) -> None:
    assert list(people(7, 25, material)) == crowd[:25]
    assert person(7, 1999, material) == crowd[1999]


def test_people_differ_between_seeds(material: Material, crowd: list[DemoPerson]) -> None:
    others = list(people(8, 50, material))
    assert sum(one.name == other.name for one, other in zip(crowd, others, strict=False)) < 5


def test_people_and_texts_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "import hashlib, sys; from pathlib import Path\n"
        "from portal.demo.material import load_material; from portal.demo.people import people\n"
        "from portal.demo.writing import choose_directions, write\n"
        "material = load_material(Path(sys.argv[1])); offered = list(material.directions)\n"
        "told = [(one, write(material, one, 3, choose_directions(material, one, 3, offered)))"
        " for one in people(3, 40, material)]\n"
        "print(hashlib.sha256(repr(told).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, str(DEMO)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=SEEDS.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def test_addresses_are_unique_and_readable_for_fifty_thousand(material: Material) -> None:
    addresses = [one.email for one in people(1, 50_000, material)]
    assert len(set(addresses)) == 50_000
    assert all(address.endswith("@example.org") and address.isascii() for address in addresses)
    assert all(
        address == address.lower() and address[0].isalpha() and len(address) <= 64
        for address in addresses
    )


def test_names_come_in_many_forms(crowd: list[DemoPerson]) -> None:
    names = [one.name for one in crowd]
    assert any(" " not in one.latin_name for one in crowd), "a single word"
    assert any("'" in name for name in names), "an apostrophe"
    assert any(len(name) > 30 for name in names), "a long compound"
    for first, last in (("\u4e00", "\u9fff"), ("\u0590", "\u06ff"), ("\u0900", "\u097f")):
        assert any(first <= name[0] <= last for name in names), "Chinese, right to left, Devanagari"
    assert len(set(names)) > 1500


def test_zones_exist_and_links_lead_nowhere_real(crowd: list[DemoPerson]) -> None:
    for zone in {one.time_zone for one in crowd}:
        ZoneInfo(zone)
    links = [link.url for one in crowd for link in one.links]
    assert links
    assert all(url.startswith("https://example.org/") for url in links)


def test_ages_fit_the_rule_and_the_position(crowd: list[DemoPerson]) -> None:
    under = [one for one in crowd if one.age < 18]
    assert 0 < len(under) < 0.02 * len(crowd)
    assert all(one.age >= 61 for one in crowd if one.position == "retired")


def test_people_get_differently_far(crowd: list[DemoPerson]) -> None:
    counts = Counter(one.progress for one in crowd)
    assert set(counts) == set(Progress)
    assert 0.55 < counts[Progress.SUBMITTED] / len(crowd) < 0.75
    assert all((one.submitted_before is None) == (one.progress not in SENT) for one in crowd)


SENT = (Progress.SUBMITTED, Progress.WITHDRAWN)


def test_more_than_half_of_submissions_come_in_the_last_three_days(crowd: list[DemoPerson]) -> None:
    before = [one.submitted_before for one in crowd if one.submitted_before is not None]
    last_days = sum(time <= timedelta(days=3) for time in before) / len(before)
    last_hour = sum(time <= timedelta(hours=1) for time in before) / len(before)
    assert 0.5 < last_days < 0.7
    assert 0.02 < last_hour < 0.15


def test_schedule_keeps_everything_inside_the_round(crowd: list[DemoPerson]) -> None:
    for one in crowd:
        started, submitted = schedule(one, OPENS, CLOSES)
        assert OPENS <= started < CLOSES
        if submitted is not None:
            assert started < submitted < CLOSES


def test_no_invented_person_has_the_name_of_a_real_one(material: Material) -> None:
    real = _real_names()
    plan = load_plan(DEMO)
    invented = {one.latin_name for one in people(1, 20_000, material)}
    invented |= {one.name for one in (*plan.staff, *plan.accounts)}
    assert not invented & real


def _real_names() -> set[str]:
    data = tomllib.loads((SEEDS / "reference" / "people.toml").read_text(encoding="utf-8"))
    names = {row["name"] for rows in data.values() for row in rows}
    assert len(names) >= 160
    return names


def test_a_broken_file_is_named_with_entry_and_field(tmp_path: Path) -> None:
    _copy(tmp_path)
    names = tmp_path / "names.toml"
    names.write_text(
        names.read_text(encoding="utf-8").replace('order = "single"', 'order = "random"'),
        encoding="utf-8",
    )
    with pytest.raises(MaterialError, match=r"names\.toml: region indonesia: order 'random'"):
        load_material(tmp_path)


def test_a_plan_with_an_unknown_slot_is_named(tmp_path: Path) -> None:
    _copy(tmp_path)
    (tmp_path / "texts" / "model-diffing.toml").write_text(
        '[[plan]]\nabout = "x"\nq = "whether"\nnoticed = "{nobody} saw"\n'
        'tried = ""\nlimit = ""\nnext = ""\ntest = ""\n',
        encoding="utf-8",
    )
    with pytest.raises(
        MaterialError, match=r"model-diffing\.toml: plan 1 \(x\): noticed: no slot 'nobody'"
    ):
        load_material(tmp_path)


def _copy(folder: Path) -> None:
    for source in DEMO.rglob("*.toml"):
        target = folder / source.relative_to(DEMO)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())


def test_every_direction_is_offered_by_one_demo_stream_with_its_mentors() -> None:
    streams = load_plan(DEMO).streams
    offered = [slug for stream in streams for slug in stream.directions]
    folder = SEEDS / "reference" / "directions"
    assert sorted(offered) == sorted(path.stem for path in folder.glob("*.md"))
    for stream in streams:
        for slug in stream.directions:
            front = (folder / f"{slug}.md").read_text(encoding="utf-8").split("+++")[1]
            assert set(tomllib.loads(front)["mentors"]) <= set(stream.mentors)

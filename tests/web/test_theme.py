"""The theme: readable in both schemes, nothing from elsewhere, nothing missing."""

import re

import pytest
from jinja2 import Environment

from portal.paths import PACKAGE, TEMPLATES

STATIC = PACKAGE / "static"
# WCAG 2.2: 1.4.3 for text, 1.4.11 for the borders that show where a control is.
TEXT, LARGE = 4.5, 3.0
ON_PAPER = ("paper", "raised", "field")
WASHES = ("accent-wash", "good-wash", "warn-wash", "bad-wash")
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-soft", "accent") for ground in ON_PAPER + WASHES],
    *[("accent-strong", ground, TEXT) for ground in ON_PAPER + WASHES],
    *[
        (kind, ground, TEXT)
        for kind in ("good", "warn", "bad")
        for ground in ("paper", f"{kind}-wash")
    ],
    ("bad", "field", TEXT),
    ("accent-ink", "accent", TEXT),
    ("accent-ink", "accent-strong", TEXT),
    ("paper", "bad", TEXT),
    *[("rule-strong", ground, LARGE) for ground in ON_PAPER],
]


def tokens() -> dict[str, tuple[str, str]]:
    css = (STATIC / "css" / "tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "wanted"), PAIRS)
def test_colours_contrast_enough_in_both_schemes(
    ink: str, ground: str, wanted: float, scheme: int
) -> None:
    palette = tokens()
    assert contrast(palette[ink][scheme], palette[ground][scheme]) >= wanted


def test_only_the_tokens_name_colours() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        if sheet.name in ("tokens.css", "print.css"):
            continue
        literal = re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", sheet.read_text())
        assert not literal, f"{sheet.name} names {literal}: use a token"


def test_style_sheets_fetch_only_files_that_are_here() -> None:
    for sheet in (STATIC / "css").glob("*.css"):
        for address in re.findall(r'url\("([^"]+)"\)', sheet.read_text()):
            if not address.startswith("data:image/svg+xml"):
                assert (sheet.parent / address).resolve().is_file(), f"{sheet.name}: {address}"


def test_every_asset_that_a_template_names_exists() -> None:
    named = set()
    for template in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r"asset\([\"']([^\"']+)[\"']\)", template.read_text()))
    assert "css/tokens.css" in named
    assert [name for name in sorted(named) if not (STATIC / name).is_file()] == []


def test_vendored_files_are_listed_with_their_licence() -> None:
    listed = (STATIC / "vendor" / "README.md").read_text()
    for licence in (STATIC / "vendor").rglob("LICENSE*"):
        assert licence.name in listed
    for font in (STATIC / "vendor" / "fonts").glob("*.woff2"):
        family = "-".join(font.name.split("-")[:3])
        assert family in listed, f"{font.name} is not in vendor/README.md"


def test_templates_hold_no_inline_style_or_handler() -> None:
    environment = Environment(autoescape=True)
    for template in TEMPLATES.rglob("*.html"):
        if "email" in template.parts:
            continue
        text = template.read_text()
        environment.parse(text)
        assert not re.search(r"\sstyle=", text), f"{template}: a style attribute; use a class"
        assert not re.search(r"\son[a-z]+=[\"']", text), f"{template}: a handler; use a module"

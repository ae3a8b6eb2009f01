"""The conventions of this project. Each failure names the place and says what to do about it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import flask_security
import pytest
from flask import Flask
from jinja2 import Environment, meta

from portal.adapters import letters
from portal.paths import TEMPLATES

ROOT = Path(__file__).parent.parent
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
LONG_FILES = {"migrations/versions/0001_initial.py": "every table at once, written by Alembic"}
LONG_FUNCTIONS = {
    "tests/browser/test_journey.py: test_an_application_goes_from_a_first_look_to_its_outcome": (
        "one story, to be read from its beginning to its end"
    ),
}
MAY_COMMIT = {
    "portal/services/work.py": "the transaction boundary itself",
    "portal/web/account/security.py": "Flask-Security's own views leave the commit to the datastore",
}


def committed(*endings: str) -> list[str]:
    """Paths of the files of the project with one of these endings; without any, of all text files."""
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split("\n")
    return [
        path
        for path in listed
        if (not endings or path.endswith(endings))
        and "/vendor/" not in path
        and (ROOT / path).is_file()
    ]


def templates() -> list[str]:
    """Names of the templates, as Flask finds them. Other HTML, such as the front server's own page, is none."""
    paths = committed(".html")
    return [path.removeprefix("templates/") for path in paths if path.startswith("templates/")]


@cache
def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def lines_with(pattern: str, paths: list[str]) -> Iterator[str]:
    for path in paths:
        for number, line in enumerate(text_of(path).split("\n"), 1):
            if re.search(pattern, line):
                yield f"{path}:{number}: {line.strip()[:100]}"


def test_a_file_that_outgrows_400_lines_misses_a_name() -> None:
    long = {path: text_of(path).count("\n") for path in committed(".py", ".html", ".css", ".js")}
    found = {path: lines for path, lines in long.items() if lines > LONGEST_FILE}
    assert set(found) == set(LONG_FILES), "split the file by what its parts are about"


def test_a_function_that_outgrows_40_lines_misses_a_name() -> None:
    found = set()
    for path in committed(".py"):
        if path in LONG_FILES:
            continue
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                    found.add(f"{path}: {node.name}")
    assert found == set(LONG_FUNCTIONS), "take the part that has a name of its own out of it"


def test_templates_stand_in_one_place() -> None:
    assert not (ROOT / "portal" / "templates").exists(), (
        "templates/ is the folder; the wheel puts it into the package"
    )


def test_only_the_clock_reads_the_time() -> None:
    sources = [path for path in committed(".py") if path.startswith("portal/")]
    found = [
        line
        for line in lines_with(r"datetime\.now\(|utcnow\(|date\.today\(", sources)
        if not line.startswith("portal/clock.py:")
    ]
    assert found == [], "take `now` as an argument; at the edges call portal.clock.now()"


def test_only_the_transaction_boundary_commits() -> None:
    sources = [path for path in committed(".py") if path.startswith("portal/")]
    found = {line.split(":")[0] for line in lines_with(r"\.commit\(\)", sources)}
    assert found == set(MAY_COMMIT), "write through a service, inside `with writing() as session`"


def test_only_the_markup_adapter_makes_trusted_html() -> None:
    places = [
        path
        for path in committed(".py", ".html")
        if path.startswith(("portal/", "templates/")) and not path.startswith("portal/adapters/")
    ]
    found = list(lines_with(r"\|\s*safe\b|\bMarkup\(", places))
    assert found == [], "let Jinja escape it; text with markup goes through the `markdown` filter"


@pytest.mark.parametrize("name", templates())
def test_template_compiles(app: Flask, name: str) -> None:
    app.jinja_env.get_template(name)


def letter_paths() -> list[Path]:
    return sorted((TEMPLATES / "email").glob("*.txt"))


@pytest.mark.parametrize("path", letter_paths(), ids=lambda path: path.stem)
def test_letter_begins_with_its_subject_and_compiles(path: Path) -> None:
    first, second, *_ = path.read_text(encoding="utf-8").split("\n")
    assert first.startswith("Subject: "), "the first line is the subject"
    assert second == "", "an empty line stands between subject and text"
    letters._environment.get_template(path.name)


def named_in_code() -> Iterator[str]:
    """Patterns of the template names that the code holds; what an f-string fills in may be anything."""
    for path in committed(".py"):
        if not path.startswith("portal/"):
            continue
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(part.value)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    else r"[\w/-]+"
                    for part in node.values
                ]
                yield "".join(parts)


def test_every_template_is_used() -> None:
    pages = set(templates())
    theirs = Path(flask_security.__file__).parent / "templates"
    used = {page for page in pages if (theirs / page).is_file()}  # stands in for one of its own
    environment = Environment(autoescape=True)
    for page in pages:
        source = environment.parse(text_of(f"templates/{page}"))
        used |= set(meta.find_referenced_templates(source))
    patterns = [pattern for pattern in named_in_code() if pattern.endswith(r"\.html")]
    rest = {page for page in pages - used if not any(re.fullmatch(each, page) for each in patterns)}
    assert rest == set(), "nothing renders or includes these: delete them"


def test_every_macro_is_used() -> None:
    sources = {path: text_of(path) for path in committed(".html", ".py")}
    unused = []
    for path in committed(".html"):
        for name in re.findall(r"\{%-?\s*macro (\w+)\(", sources[path]):
            uses = sum(len(re.findall(rf"\b{name}\b", text)) for text in sources.values())
            if uses < 2:
                unused.append(f"{path}: {name}")
    assert unused == [], "nothing calls these macros: delete them"


def test_settings_and_their_page_agree() -> None:
    read = set(re.findall(r'"(PORTAL_[A-Z_]+|PORT)"', text_of("portal/config.py")))
    table = re.findall(r"^\| `(PORTAL_[A-Z_]+|PORT)` \|", text_of("docs/settings.md"), re.MULTILINE)
    assert set(table) == read, "a setting stands in portal/config.py and in docs/settings.md"


@pytest.mark.parametrize("path", committed(".md"))
def test_links_of_the_docs_lead_to_files(path: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        if not re.match(r"[a-z]+:|#|/", target):
            there = (ROOT / path).parent / target.split("#")[0]
            assert there.exists(), f"{path} links to {target}, which is not there"


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    places = committed(".py", ".html", ".css", ".js", ".md", ".txt", ".toml", ".ini", "Makefile")
    found = list(lines_with(r"(?<![\w.])/(work|root|home|Users)/", places))
    assert found == [], "name it relative to the project"


def test_constraints_hold_no_address() -> None:
    found = list(lines_with(r"://| @ |--index|--find", ["constraints.txt"]))
    assert found == [], (
        "names and versions only: where packages come from is the installer's to say"
    )

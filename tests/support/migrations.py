"""Walk the migrations on populated data: `python -m tests.support.migrations DATABASE_URL`.

Up to the head, models equal to the tables, a seeded portal in them; then each revision down and up again with every
row kept, and at last down to nothing and up once more. On PostgreSQL it works in a database of its own.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import flask_migrate
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal import clock, paths
from portal.app import create_app
from portal.demo.seeding import seed
from portal.extensions import db
from portal.models import Base
from portal.services.reference import load_reference
from tests.support.databases import fresh_database, settings_of_tests


def differences() -> list[object]:
    """What the models and the tables of the current database disagree about."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [*compare_metadata(context, Base.metadata), *_check_differences(connection)]


def _check_differences(connection: sa.Connection) -> list[object]:
    """Checks that are only in the models or only in the tables: Alembic does not compare them."""
    inspector = sa.inspect(connection)
    found: list[object] = []
    for table in Base.metadata.sorted_tables:
        wanted = sorted(
            connection.dialect.identifier_preparer.format_constraint(check)
            for check in table.constraints
            if isinstance(check, sa.CheckConstraint)
        )
        stored = sorted(str(check["name"]) for check in inspector.get_check_constraints(table.name))
        found += [(table.name, wanted, stored)] if wanted != stored else []
    return found


def row_counts() -> dict[str, int]:
    with db.engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        return {
            name: connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) or 0
            for name in sorted(names)
        }


def walk() -> None:
    flask_migrate.upgrade()
    assert not differences(), f"models and migrations differ: {differences()}"
    load_reference(paths.SEEDS / "reference", clock.now())
    seed(stage="decided", applicants=20, number=1, now=clock.now())
    script = ScriptDirectory(str(paths.MIGRATIONS))
    revisions = [revision.revision for revision in script.walk_revisions()]
    before = row_counts()
    assert before["submissions"] > 0, "nothing was seeded"
    for revision in revisions[:-1]:
        flask_migrate.downgrade(revision="-1")
        kept = row_counts()
        lost = {name for name, count in kept.items() if count < before[name]}
        assert not lost, f"going below {revision} lost rows of {sorted(lost)}"
    flask_migrate.upgrade()
    after = row_counts()
    assert after == before or len(revisions) > 1, "rows changed on the way down and up"
    flask_migrate.downgrade(revision="base")
    assert not row_counts(), f"tables left behind: {sorted(row_counts())}"
    flask_migrate.upgrade()
    assert not differences()
    print(f"{len(revisions)} revision(s), {sum(before.values())} rows: up, equal, down, up")


def main(url: str) -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        if url.startswith("postgresql"):
            url = stack.enter_context(fresh_database("migrations", folder, beside=url))
        app = create_app(settings_of_tests(url, folder))
        with app.app_context():
            walk()
            db.engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])

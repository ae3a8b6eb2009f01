"""Whether the tables are those of this version."""

from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portal import paths


@cache
def _newest_revisions() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(paths.MIGRATIONS)).get_heads())


def is_migrated(connection: Connection) -> bool:
    context = MigrationContext.configure(connection)
    return frozenset(context.get_current_heads()) == _newest_revisions()

"""Alembic inside the portal: the application's engine and the models' metadata.

On SQLite a table is changed by copying it (batch mode). With foreign keys enforced, dropping the old copy of a parent
would delete its children, so enforcement is off while a migration runs and every key is checked before it counts.
"""

import sqlalchemy as sa
from alembic import context
from flask import current_app

from portal.models import Base

config = context.config


def _database() -> sa.Engine:
    return current_app.extensions["migrate"].db.engine


def run_offline() -> None:
    context.configure(
        url=_database().url.render_as_string(hide_password=False),
        target_metadata=Base.metadata,
        literal_binds=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    with _database().connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                _refuse_broken_keys(connection)
        connection.commit()
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _refuse_broken_keys(connection: sa.Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration would leave {len(broken)} broken references")


if context.is_offline_mode():
    run_offline()
else:
    run_online()

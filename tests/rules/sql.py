import sqlalchemy as sa
from sqlalchemy import text


def found(session, cursor, name: str, table: str):
    # ruleid: sql-built-from-strings
    session.execute(sa.text(f"SELECT id FROM users WHERE name = '{name}'"))
    # ruleid: sql-built-from-strings
    session.execute(text("SELECT id FROM users WHERE name = '" + name + "'"))
    # ruleid: sql-built-from-strings
    session.execute(text("SELECT id FROM users WHERE name = '%s'" % name))
    # ruleid: sql-built-from-strings
    session.execute(text("SELECT id FROM {}".format(table)))
    # ruleid: sql-built-from-strings
    cursor.execute(f"DELETE FROM {table}")
    # ruleid: sql-built-from-strings
    session.connection().exec_driver_sql(f"DELETE FROM {table}")
    # ruleid: sql-built-from-strings
    order = sa.literal_column(f"{name} DESC")

    # ok: sql-built-from-strings
    session.execute(sa.text("SELECT id FROM users WHERE name = :name"), {"name": name})
    # ok: sql-built-from-strings
    session.execute(sa.select(sa.column("id")).where(sa.column("name") == name).order_by(order))
    # ok: sql-built-from-strings
    cursor.execute("SELECT id FROM users WHERE name = ?", (name,))

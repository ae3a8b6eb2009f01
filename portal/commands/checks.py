"""`portal check-invariants`: whether everything that must hold does hold, in the database and in the file storage."""

import sys

import click
from flask import Flask

from portal.extensions import db
from portal.queries.invariants import INVARIANTS, broken
from portal.services.files import broken_files


@click.command("check-invariants")
@click.pass_obj
def check_invariants(app: Flask) -> None:
    """Print each row that breaks a rule on a line: exit 1 if there is one. Reads every stored file."""
    found = 0
    with app.app_context():
        for each in broken(db.session()):
            click.echo(str(each))
            found += 1
        for key, sentence in broken_files(db.session()):
            click.echo(f"file-is-as-received: file {key}: {sentence}")
            found += 1
    if found:
        click.echo(f"{found} broken.", err=True)
        sys.exit(1)
    click.echo(f"All {len(INVARIANTS) + 1} rules hold.")  # that of the files is not the database's

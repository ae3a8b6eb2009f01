"""`portal audit-verify` and `portal audit-anchor`: whether the audit log is what was recorded."""

import sys
from pathlib import Path

import click
from flask import Flask

from portal import clock
from portal.adapters import anchors
from portal.domain.audit import Anchor, read_anchor
from portal.domain.instants import iso
from portal.domain.lines import one_line
from portal.extensions import db
from portal.queries.audit_chain import verify
from portal.services import audit_anchor


@click.command("audit-verify")
@click.option(
    "--anchor",
    "given",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of anchors that was kept elsewhere; without it, the one in the data folder.",
)
@click.pass_obj
def audit_verify(app: Flask, given: Path | None) -> None:
    """Look at every event of the audit log: exit 1 and a line for each that was changed, 2 for a file without anchors.

    Finds what was edited, deleted, moved or put in, and with an anchor also an end that was cut off.
    """
    path = given or app.extensions["settings"].data_dir / anchors.FILE
    known = _anchors(path, needed=given is not None)
    with app.app_context():
        found = verify(db.session(), known)
    for problem in found.problems:
        click.echo(one_line(problem))  # it may name what somebody put into the table
    if found.problems:
        click.echo(f"{len(found.problems)} faults in {found.count} events.", err=True)
        sys.exit(1)
    until = iso(found.last_at) if found.last_at else "now"
    click.echo(f"{found.count} events, chained until {until}.")
    if known:
        click.echo(f"{len(known)} anchors agree; the last is of {known[-1].at}.")
    else:
        click.echo("There is no anchor yet: an end that was cut off would not show.")


@click.command("audit-anchor")
@click.pass_obj
def print_anchor(app: Flask) -> None:
    """Print an anchor of the audit log as it stands, one line to be kept elsewhere: mailed, printed, copied."""
    with app.app_context():
        click.echo(audit_anchor.make(clock.now()).line)


def _anchors(path: Path, *, needed: bool) -> list[Anchor]:
    """The anchors of a file. Ends the command where there should be some and a line is none."""
    try:
        found = [read_anchor(line) for line in anchors.lines(path)]
    except FileNotFoundError:
        return []
    except OSError as error:
        click.echo(f"The file of anchors cannot be read: {error.strerror}.", err=True)
        sys.exit(2)
    if None in found or (needed and not found):
        click.echo(f"{path.name} holds something that is no anchor, or none at all.", err=True)
        sys.exit(2)
    return [each for each in found if each is not None]

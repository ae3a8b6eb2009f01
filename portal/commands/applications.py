"""Commands about applications: whether a receipt still matches what is stored."""

import sys

import click
from flask import Flask

from portal.domain.instants import iso
from portal.queries.receipts import check_receipt
from portal.services import files


@click.command("verify-receipt")
@click.argument("number")
@click.pass_obj
def verify_receipt(app: Flask, number: str) -> None:
    """Recompute the receipt NUMBER from the stored record: exit 0 if it matches, 1 if not, 2 if there is none.

    Prints a line for each thing it looked at, and no name, answer or choice.
    """
    with app.app_context():
        found = check_receipt(number, files.opened)
    if found is None:
        click.echo(f"No submission has the number {number}.", err=True)
        sys.exit(2)
    click.echo(f"Receipt {found.number}")
    click.echo(f"Received {iso(found.received_at)}, recorded {iso(found.recorded_at)}")
    click.echo(f"SHA-256 printed on it   {found.printed}")
    click.echo(f"SHA-256 of the record   {found.computed or 'the content was erased'}")
    for check in found.checks:
        if check.problem:
            click.echo(f"Does not match: {check.problem}", err=True)
        else:
            click.echo(f"ok: {check.what}")
    if found.problems:
        sys.exit(1)
    click.echo(
        "The receipt was given; its content was erased since."
        if found.is_erased
        else "The record is what was received."
    )

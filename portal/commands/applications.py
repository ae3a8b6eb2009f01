"""Commands about applications: whether a receipt still matches what is stored."""

import sys

import click
from flask import Flask

from portal.domain.instants import iso
from portal.queries.receipts import check_receipt


@click.command("verify-receipt")
@click.argument("number")
@click.pass_obj
def verify_receipt(app: Flask, number: str) -> None:
    """Recompute the receipt NUMBER from the stored record: exit 0 if it matches, 1 if not, 2 if there is none.

    Prints no name, answer or choice.
    """
    with app.app_context():
        found = check_receipt(number)
    if found is None:
        click.echo(f"No submission has the number {number}.", err=True)
        sys.exit(2)
    click.echo(f"Receipt {found.number}")
    click.echo(f"Received {iso(found.received_at)}, recorded {iso(found.recorded_at)}")
    click.echo(f"SHA-256 printed on it   {found.printed}")
    click.echo(f"SHA-256 of the record   {found.computed}")
    for problem in found.problems:
        click.echo(f"Does not match: {problem}", err=True)
    if found.problems:
        sys.exit(1)
    click.echo("The record is what was received.")

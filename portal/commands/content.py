"""`portal init`: the database at its newest shape, with the reference content in it."""

import click
import flask_migrate
from flask import Flask

from portal import clock, paths
from portal.adapters.seed_files import SeedError
from portal.services.reference import load_reference


@click.command()
@click.pass_obj
def init(app: Flask) -> None:
    """Migrate the database and load the reference content. Run it as often as you like."""
    with app.app_context():
        flask_migrate.upgrade()
        try:
            report = load_reference(paths.SEEDS / "reference", clock.now())
        except SeedError as error:
            raise click.ClickException(str(error)) from error
    click.echo(
        f"Reference content: {len(report.added)} added, {len(report.updated)} updated, "
        f"{report.unchanged} unchanged."
    )
    for name in report.left_alone:
        click.echo(f"Left alone, because it was edited in the portal: {name}")

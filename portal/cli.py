"""The `portal` command: set up, seed, serve, and check a portal."""

import json
import os
import sys

import click
import flask_migrate
from flask import Flask

from portal import clock, paths
from portal.adapters.seed_files import SeedError
from portal.app import create_app
from portal.cli_accounts import create_admin, worker
from portal.cli_applications import verify_receipt
from portal.cli_checks import check_invariants
from portal.cli_demo import seed
from portal.config import Settings, SettingsError
from portal.server import serve as run_server
from portal.services.reference import load_reference
from portal.web.policies import table


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Run a portal for applications to a research-mentorship programme."""
    try:
        context.obj = create_app(Settings.from_environ(os.environ))
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.pass_obj
def routes(app: Flask, as_json: bool) -> None:
    """List every rule with its policy."""
    rows = list(table(app))
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['policy']:10} {','.join(row['methods']):10} {row['path']}")


@cli.command()
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


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, envvar="PORT")
@click.pass_obj
def serve(app: Flask, host: str, port: int) -> None:
    """Serve the portal, with its job worker beside it."""
    run_server(app, app.extensions["settings"], host, port)


cli.add_command(create_admin)
cli.add_command(worker)
cli.add_command(verify_receipt)
cli.add_command(seed)
cli.add_command(check_invariants)


def main() -> None:
    cli(prog_name="portal")

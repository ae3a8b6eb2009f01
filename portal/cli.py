"""The `portal` command: set up, seed, serve, and check a portal."""

import json
import os
import sys

import click
from flask import Flask

from portal.app import create_app
from portal.config import Settings, SettingsError


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
    from portal.web.policies import table

    rows = list(table(app))
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['policy']:10} {','.join(row['methods']):10} {row['path']}")


def main() -> None:
    cli(prog_name="portal")

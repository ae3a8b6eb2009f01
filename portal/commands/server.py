"""Commands that keep running: the web server, and the worker that sends the mail. And what the server answers to."""

import json
import logging
import sys
from contextlib import suppress
from pathlib import Path

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal import tasks
from portal.adapters import logs
from portal.config import Settings, unsafe_files
from portal.extensions import db
from portal.queries.schema import is_migrated
from portal.server import end_with
from portal.server import serve as run_server
from portal.web.policies import table


def refuse_unready(app: Flask) -> None:
    """Exit 2 if the data lie open or the tables are of another version. A database that is away may come back."""
    settings: Settings = app.extensions["settings"]
    mounts = Path("/proc/mounts")
    problems = []
    if settings.is_production:
        problems = unsafe_files(settings, mounts.read_text() if mounts.exists() else "")
    with app.app_context(), suppress(OperationalError):
        with db.engine.connect() as connection:
            migrated = is_migrated(connection)
        if not migrated:
            problems.append(
                "PORTAL_DATABASE_URL is not at this version's tables: run `portal init`."
            )
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(2)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, envvar="PORT")
@click.pass_obj
def serve(app: Flask, host: str, port: int) -> None:
    """Serve the portal, with its job worker beside it."""
    refuse_unready(app)
    logs.to_standard_error(logging.WARNING)
    click.echo(f"Serving on http://{host}:{port}; stop with Ctrl-C.")
    run_server(app, app.extensions["settings"], host, port)


@click.command()
@click.option("--once", is_flag=True, help="Send what is due, then stop.")
@click.option("--beside", type=int, hidden=True, help="End when this process, our parent, is gone.")
@click.pass_obj
def worker(app: Flask, once: bool, beside: int | None) -> None:
    """Run the jobs: send mail as it comes due, and what else repeats. Stop it with Ctrl-C or SIGTERM."""
    settings: Settings = app.extensions["settings"]
    refuse_unready(app)
    if once:
        with app.app_context():
            tally = tasks.deliver(settings)
        click.echo(f"{tally.sent} sent, {tally.postponed} postponed, {tally.failed} given up")
        return
    if beside is not None:
        end_with(beside)
    logs.to_standard_error(logging.INFO)
    logging.getLogger("huey").setLevel(logging.WARNING)  # not a line for each look into the outbox
    queue = tasks.make_queue(settings)
    tasks.register(queue, settings, app.app_context)
    if not settings.is_production:
        click.echo("No mail leaves in this mode; it can be read at /demo/mail in demo mode.")
    queue.create_consumer(workers=1, periodic=True, check_worker_health=True).run()


@click.command()
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

"""The `portal` command: set up, seed, serve, and check a portal."""

import os
import sys

import click

from portal.adapters import signing
from portal.app import create_app
from portal.commands import accounts, applications, checks, content, demo, evidence, privacy, server
from portal.config import Settings, SettingsError

COMMANDS = (
    content.init,
    demo.seed,
    server.serve,
    server.worker,
    server.routes,
    accounts.create_admin,
    accounts.reset_second_factor,
    applications.verify_receipt,
    checks.check_invariants,
    privacy.export_subject,
    privacy.erase_subject,
    privacy.retention,
    evidence.audit_verify,
    evidence.print_anchor,
)


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Run a portal for applications to a research-mentorship programme."""
    os.umask(0o077)  # what any command writes is for this account alone
    try:
        settings = Settings.from_environ(os.environ)
        if context.invoked_subcommand == content.init.name and not settings.signing_key:
            signing.make_key(settings.data_dir)  # nothing else starts without one
        context.obj = create_app(settings)
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    cli(prog_name="portal")

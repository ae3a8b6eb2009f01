"""`portal seed`: fill a portal with invented people, to look at and to measure."""

import sys
from datetime import UTC, datetime

import click
from flask import Flask

from portal import clock
from portal.demo.accounts import DEMO_PASSWORD, demo_accounts
from portal.demo.calendar import Stage
from portal.demo.material import MaterialError
from portal.demo.rounds import NoReferenceContent
from portal.demo.seeding import CannotSeed, SeedReport, is_seeded
from portal.demo.seeding import seed as fill


class Instant(click.ParamType):
    """An instant in ISO 8601; without an offset it is read as UTC."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no instant such as 2026-11-21T12:00:00Z", param, ctx)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@click.command()
@click.option(
    "--stage",
    type=click.Choice([stage.value for stage in Stage]),
    default=Stage.OPEN.value,
    show_default=True,
    help="The point of the demo round's life.",
)
@click.option("--applicants", type=click.IntRange(0, 100_000), default=40, show_default=True)
@click.option(
    "--seed",
    "number",
    type=int,
    default=1,
    show_default=True,
    help="The same seed makes the same people.",
)
@click.option("--now", "instant", type=Instant(), help="The instant around which it all happens.")
@click.option("--if-empty", is_flag=True, help="Do nothing where a demo round stands already.")
@click.pass_obj
def seed(
    app: Flask, stage: str, applicants: int, number: int, instant: datetime | None, if_empty: bool
) -> None:
    """Make believable people, applications and reviews around a point of a round's life."""
    settings = app.extensions["settings"]
    if settings.is_production:
        raise click.ClickException(
            "This portal runs in production mode. Invented people belong into a demo: "
            "set PORTAL_MODE=demo and a database of its own."
        )
    with app.app_context():
        try:
            if if_empty and is_seeded():
                click.echo("A demo round is there already; nothing was changed.")
                _say_how_to_sign_in(settings.base_url)
                return
            report = fill(
                stage, applicants, number, instant or clock.now(), progress=sys.stderr.isatty()
            )
        except (CannotSeed, NoReferenceContent, MaterialError) as error:
            raise click.ClickException(str(error)) from error
    _say_what_was_made(report)
    _say_how_to_sign_in(settings.base_url)


def _say_what_was_made(report: SeedReport) -> None:
    made = report.rows
    click.echo(
        f"Round {report.round_slug}: {made.get('users', 0):,} accounts, "
        f"{made.get('applications', 0):,} applications, {made.get('submissions', 0):,} submissions, "
        f"{made.get('reviews', 0):,} reviews, {made.get('decisions', 0):,} decisions."
    )


def _say_how_to_sign_in(base_url: str) -> None:
    click.echo(f"Sign in at {base_url}/login with the password: {DEMO_PASSWORD}")
    for account in demo_accounts():
        click.echo(f"  {account.email:24} {account.what}")

"""Commands about accounts: the first admin, and a second factor that was lost."""

import sys

import click
import sqlalchemy as sa
from email_validator import EmailNotValidError, validate_email
from flask import Flask
from flask_security.recoverable import generate_reset_password_token

from portal import clock
from portal.config import Settings
from portal.domain.accounts import RESET_LASTS, email_key
from portal.extensions import db
from portal.models import User
from portal.services import accounts, second_factor


@click.command("reset-second-factor")
@click.argument("email")
@click.pass_obj
def reset_second_factor(app: Flask, email: str) -> None:
    """Take every second factor off the account of EMAIL, and sign it out everywhere.

    For a portal with one admin only: elsewhere two admins do it together, at /admin/people. The person gets a letter.
    """
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.email_key == email_key(email)))
        if user is None:
            click.echo(f"No account has the address {email}.", err=True)
            sys.exit(1)
        had = second_factor.reset_by_command(user.id, clock.now())
        if not had:
            click.echo(f"{user.email} had no second factor; it is signed out everywhere.")
            return
        click.echo(
            f"The second factor of {user.email} is taken off, and it is signed out everywhere."
        )


@click.command("create-admin")
@click.argument("email")
@click.option("--name", default="", help="How to address the person.")
@click.pass_obj
def create_admin(app: Flask, email: str, name: str) -> None:
    """Make the account of EMAIL an admin; print a link to set its password if it has none.

    This is the only way to the first admin. The link works once, for an hour; run the command again for another.
    """
    settings: Settings = app.extensions["settings"]
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        click.echo(f"{email} is not an e-mail address: {error}", err=True)
        sys.exit(2)
    with app.app_context():
        user_id = accounts.make_admin(address, name, clock.now())
        user = db.session.get(User, user_id)
        assert user is not None
        click.echo(f"{user.email} is an admin.")
        if user.password and user.confirmed_at:
            click.echo(f"Sign in at {settings.base_url}/login")
            return
        token = generate_reset_password_token(user)
        accounts.allow_reset(user_id, token)
        minutes = int(RESET_LASTS.total_seconds() // 60)
        click.echo(f"Set a password within {minutes} minutes, at:")
        click.echo(f"{settings.base_url}/reset/{token}")

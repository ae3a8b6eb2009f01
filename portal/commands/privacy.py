"""Commands about what is held about people: give it out, erase it, forget what is due."""

import os
import sys
import tempfile
from pathlib import Path

import click
from flask import Flask

from portal import clock
from portal.domain.privacy import TYPED_TO_ERASE
from portal.domain.retention import WORDS, Terms, days_in_words
from portal.domain.verdict import Refused
from portal.extensions import db
from portal.queries import subjects
from portal.services import erasure, subject_export
from portal.services import retention as forgetting

UNFINISHED = 3


def _account(address: str) -> int:
    found = subjects.find(db.session(), address)
    if found is None:
        click.echo("No account has this address.", err=True)
        sys.exit(2)
    return found


@click.command("export-subject")
@click.argument("email")
@click.option("--to", "path", type=click.Path(path_type=Path), help="The file to make.")
@click.pass_obj
def export_subject(app: Flask, email: str, path: Path | None) -> None:
    """Write everything that is held about EMAIL into a zip that only you can read."""
    with app.app_context():
        user_id = _account(email)
        target = path or Path(f"export-{user_id}.zip")
        if target.exists():
            raise click.ClickException(f"{target} is there already.")
        descriptor, part = tempfile.mkstemp(dir=target.resolve().parent, prefix=".export-")
        try:
            with os.fdopen(descriptor, "wb") as stream:  # mkstemp: 0600
                rows = subject_export.write(user_id, stream, by=None, now=clock.now())
            Path(part).rename(target)
        finally:
            Path(part).unlink(missing_ok=True)
        click.echo(f"{rows} rows are in {target}.")


@click.command("erase-subject")
@click.argument("email", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--finish", "only_finish", is_flag=True, help="Go on with erasures that were cut off."
)
@click.option("--reapply", is_flag=True, help="After a restore: erase whom the ledger names.")
@click.pass_obj
def erase_subject(
    app: Flask, email: str | None, yes: bool, only_finish: bool, reapply: bool
) -> None:
    """Erase everything about EMAIL but counts and receipts. It cannot be undone.

    Exit 1 if it is refused, 2 if there is no such account, 3 if it is begun and something was in the way: run it again
    with --finish, or let the worker go on.
    """
    if sum((email is not None, only_finish, reapply)) != 1:
        raise click.UsageError("Give an EMAIL, or --finish, or --reapply.")
    with app.app_context():
        if email is not None:
            _erase(_account(email), yes)
        if reapply:
            click.echo(f"{erasure.reapply(clock.now())} accounts of the ledger were erased again.")
        progress = erasure.finish(clock.now())
        click.echo(f"{progress.finished} erasures finished, {progress.open} still open.")
        if progress.open:
            sys.exit(UNFINISHED)


def _erase(user_id: int, yes: bool) -> None:
    if not yes:
        typed = click.prompt(f"This cannot be undone. Type “{TYPED_TO_ERASE}”")
        if typed.strip().casefold() != TYPED_TO_ERASE:
            raise click.ClickException("Nothing was erased.")
    verdict = erasure.erase(user_id, by=None, reason="From the command line.", now=clock.now())
    if isinstance(verdict, Refused):
        click.echo(f"{verdict.what}. {verdict.why} {verdict.next}", err=True)
        sys.exit(1)


@click.command()
@click.option(
    "--dry-run", is_flag=True, help="Print what a run would forget now, and forget nothing."
)
@click.pass_obj
def retention(app: Flask, dry_run: bool) -> None:
    """Forget everything whose term is over. Prints counts and numbers of rows, no names."""
    terms = Terms.of(app.extensions["settings"].keep_days)
    with app.app_context():
        now = clock.now()
        found = forgetting.plan(terms, now) if dry_run else forgetting.run(terms, now)
    for each in found:
        what, since = WORDS[each.kind]
        click.echo(f"{len(each.ids):6}  {what} ({days_in_words(terms.days(each.kind))} {since})")
        if each.ids:
            click.echo(f"        {each.kind.value}: {', '.join(map(str, each.ids))}")
    click.echo("Nothing was forgotten." if dry_run else "These were forgotten.")

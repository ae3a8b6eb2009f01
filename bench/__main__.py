"""Measure, and write the figures to docs/performance.md.

    make bench          or: .venv/bin/python -m bench

PORTAL_TEST_DATABASE_URL, an address of a PostgreSQL server, adds the same figures there: a database is made beside it
and dropped afterwards.
"""

import argparse
import os
from pathlib import Path

import bench.storm.__main__ as storm
from bench import fit, flood, fuzz, mail, reminders, report, scale, sign_in
from portal import clock
from portal.domain.fit import FitIndex

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
COMMAND = "make bench"


def main() -> None:
    """Run all measurements; takes some ten minutes a database on two cores."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--applicants", type=int, default=10_400, help="invented people; most of them apply"
    )
    parser.add_argument("--runs", type=int, default=60, help="timed requests of each kind")
    parser.add_argument("--print", action="store_true", help="print, and leave the file alone")
    given = parser.parse_args()
    tables: list[str] = []
    server = os.environ.get("PORTAL_TEST_DATABASE_URL")
    for database in (None, server) if server else (None,):
        tables += _tables(scale.run(database, given.applicants, given.runs))
    tables = [report.conditions(COMMAND, clock.now()), *tables, _fit()]
    print("\n\n".join(tables))
    if not given.print:
        report.write(PAGE, tables)
    storm.report_all(COMMAND, write=not given.print)
    mail.report_all(COMMAND, write=not given.print)
    reminders.report_all(COMMAND, write=not given.print)
    sign_in.report_all(COMMAND, write=not given.print)
    flood.report_all(COMMAND, write=not given.print)
    fuzz.report_all(COMMAND, write=not given.print)


def _tables(run: scale.Run) -> list[str]:
    return [
        report.seeding(run),
        report.table(f"{run.database}, the portal alone (no server between)", run.inside),
        report.table(
            f"{run.database}, through gunicorn on one kept connection", run.outside, with_size=False
        ),
    ]


def _fit() -> str:
    index = FitIndex.build(fit.load_subjects(), fit.load_glossary())
    small, large, long = fit.speed(index, fit.load_statements())
    return (
        f"**Find your direction**, the comparison alone: {small:.1f} ms a statement on the seeds, {large:.0f} ms on "
        f"5,000 passages, {long:.0f} ms for a text of 100 kB."
    )


if __name__ == "__main__":
    main()

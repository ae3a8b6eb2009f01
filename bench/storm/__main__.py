"""Run the storm on one database and say what was lost."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bench import report
from bench.storm import servers, world
from bench.storm.verdict import Verdict, judge
from portal import clock

DATABASES = ("sqlite", "postgresql")
PAGE = servers.ROOT / "docs" / "performance.md"
WHOLE = world.Plan()
LEAD = 8  # seconds for the client to read its people


def run(database: str, plan: world.Plan) -> Verdict:
    """The storm on "sqlite" or "postgresql"; takes some four minutes."""
    with tempfile.TemporaryDirectory() as name, servers.mail_server() as (mailbox, mail_port):
        folder = Path(name)
        folder.chmod(0o755)  # for the users that nginx and PostgreSQL run as
        cluster = servers.Cluster(folder) if database == "postgresql" else None
        try:
            return _storm(folder, cluster, mailbox, mail_port, plan)
        finally:
            if cluster:
                cluster.remove()


def _storm(
    folder: Path,
    cluster: servers.Cluster | None,
    mailbox: servers.Mailbox,
    mail_port: int,
    plan: world.Plan,
) -> Verdict:
    port = servers.free_port()
    environ = {**servers.environ(folder, cluster, mail_port), **servers.FRONTED}
    subprocess.run(
        [sys.executable, "-m", "portal", "init"], env=environ, cwd=servers.ROOT, check=True
    )
    world.make(environ, plan, folder)
    begin = time.time() + LEAD
    closes_at = datetime.fromtimestamp(begin + plan.before_close, UTC)
    world.set_close(environ, closes_at)
    server = servers.Server(environ, port)
    with servers.nginx(folder, port) as front:
        client = subprocess.Popen(
            [sys.executable, "-m", "bench.storm.client", str(folder), str(front), str(begin)],
            cwd=servers.ROOT,
        )
        try:
            troubles = _troubles(server, cluster, begin, plan)
            client.wait(timeout=900)
        finally:
            client.kill()
            server.stop()
    _let_mail_out(environ)
    return judge(environ, folder, closes_at, mailbox, troubles)


def _troubles(
    server: servers.Server, cluster: servers.Cluster | None, begin: float, plan: world.Plan
) -> list[float]:
    """All workers killed twice, PostgreSQL stopped once at once; when."""
    events = [(plan.before_close - 12, "kill"), (plan.before_close + 6, "kill")]
    if cluster:
        events.insert(1, (plan.before_close - 3, "stop"))
    happened = []
    for after, what in events:
        time.sleep(max(0.0, begin + after - time.time()))
        happened.append(time.time())
        if what == "kill":
            print(f"  {server.kill_workers()} processes killed", flush=True)
        elif cluster:
            cluster.stop()
            cluster.start()
            print("  PostgreSQL stopped at once and started", flush=True)
    return happened


def _let_mail_out(environ: dict[str, str]) -> None:
    """What is left in the outbox: claims of killed workers come back when their lease ends, so it is moved up."""
    engine = sa.create_engine(environ["PORTAL_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE outbox SET next_try_at = created_at WHERE sent_at IS NULL")
        )
    engine.dispose()
    subprocess.run(
        [sys.executable, "-m", "portal", "worker", "--once"],
        env=environ,
        cwd=servers.ROOT,
        check=True,
    )


def table(verdict: Verdict) -> str:
    lines = [f"**The storm on {verdict.database}**", "", "| what | |", "| --- | ---: |"]
    lines += [f"| {name} | **{count}** |" for name, count in verdict.faults.items()]
    lines += [f"| {name} | {words} |" for name, words in verdict.told.items()]
    return "\n".join(lines)


def report_all(
    command: str,
    plan: world.Plan = WHOLE,
    *,
    write: bool,
    databases: Sequence[str] = DATABASES,
) -> bool:
    """Run the storm on each database, print and perhaps write the figures; whether nothing was lost anywhere."""
    verdicts = []
    for database in databases:
        print(f"The storm on {database}", flush=True)
        verdicts.append(run(database, plan))
        print(table(verdicts[-1]), flush=True)
        if write:
            tables = [report.conditions(command, clock.now()), table(verdicts[-1])]
            report.write(PAGE, tables, f"storm-{database}")
    return not any(count for verdict in verdicts for count in verdict.faults.values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append", help="both, if not said")
    parser.add_argument("--people", type=int, default=world.Plan.people)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    given = parser.parse_args()
    plan = world.Plan(people=given.people, stragglers=max(given.people // 20, 1))
    databases = given.database or DATABASES
    kept = report_all("python -m bench.storm", plan, write=given.write, databases=databases)
    sys.exit(not kept)


if __name__ == "__main__":
    main()

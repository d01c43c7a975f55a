"""``python -m chaos``: break the platform on real servers and count what that did."""

import logging
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chaos.crashes import Outcome, crash_brokers
from contracts.errors import one_line_errors

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def main() -> None:
    """Break the platform on real servers and count what that did."""


@app.command("crashes")
def crashes(
    kills: Annotated[int, typer.Option(min=1, help="Broker crashes.")] = 30,
    brokers: Annotated[int, typer.Option(min=1, help="Brokers; three replicate.")] = 1,
    seed: Annotated[int, typer.Option(help="Of points, outages and victims.")] = 1,
) -> None:
    """Crash brokers while two replicas publish; exit code 1 if a message suffers."""
    begun = time.monotonic()
    logging.getLogger("stores.kafka.clients").setLevel(logging.CRITICAL)
    with one_line_errors(), TemporaryDirectory(prefix="groundswell-") as folder:
        outcome = crash_brokers(
            Path(folder),
            brokers,
            kills,
            seed,
            lambda said: typer.echo(f"{time.monotonic() - begun:7.1f} s  {said}"),
        )
    _print(outcome, brokers)
    raise typer.Exit(not outcome.is_clean)


def _print(outcome: Outcome, brokers: int) -> None:
    table = Table("point", "crashes", "shortest outage", "longest outage", "slowest recovery")
    for point in dict.fromkeys(crash.point for crash in outcome.crashes):
        some = [crash for crash in outcome.crashes if crash.point == point]
        outages = [crash.outage_s for crash in some]
        recovery = max(crash.recovery_s for crash in some)
        table.add_row(
            point,
            str(len(some)),
            f"{min(outages):.1f} s",
            f"{max(outages):.1f} s",
            f"{recovery:.1f} s",
        )
    Console().print(table)
    typer.echo(
        f"brokers={brokers} restarts={outcome.restarts} open={outcome.open_transactions}"
        f" {outcome.verdict.line()} kills={len(outcome.crashes)}"
    )


if __name__ == "__main__":
    app()

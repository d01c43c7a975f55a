"""``python -m chaos``: break the platform on real servers and count what that did."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from chaos.backfill import backfill
from chaos.crashes import Outcome as CrashedOutcome
from chaos.crashes import Victims, crash
from chaos.faults import Outcome as BrokenOutcome
from chaos.faults import break_everything
from contracts.errors import one_line_errors
from local.process import Report

RECOVERY = ("commits again p50", "p99", "stored and shown again p50", "p99")

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def main() -> None:
    """Break the platform on real servers and count what that did."""


@app.command("faults")
def faults(
    kills: Annotated[int, typer.Option(min=1, help="Processes to kill.")] = 30,
    seed: Annotated[int, typer.Option(help="Of what breaks when.")] = 1,
    only: Annotated[str, typer.Option(help="Only kinds of faults that contain this.")] = "",
    keep: Annotated[Path | None, typer.Option(help="Folder to keep data and logs in.")] = None,
) -> None:
    """Break processes, servers and networks at random; exit code 1 if a message suffers."""
    with _reporting(keep) as (folder, tell):
        outcome = break_everything(folder, kills, seed, tell, only)
    _print_faults(outcome)
    raise typer.Exit(not outcome.found.is_clean)


@app.command("crashes")
def crashes(
    kills: Annotated[int, typer.Option(min=1, help="Crashes.")] = 30,
    victims: Annotated[Victims, typer.Option(help="What crashes.")] = "brokers",
    brokers: Annotated[int, typer.Option(min=1, help="Brokers; three replicate.")] = 1,
    seed: Annotated[int, typer.Option(help="Of points, outages and victims.")] = 1,
    keep: Annotated[Path | None, typer.Option(help="Folder to keep data and logs in.")] = None,
) -> None:
    """Crash brokers, or replicas, at chosen points of a transaction.

    Exit code 1 if a message suffers.
    """
    with _reporting(keep) as (folder, tell):
        outcome = crash(folder, brokers, kills, seed, tell, victims=victims)
    _print_crashes(outcome, brokers)
    raise typer.Exit(not outcome.is_clean)


@app.command("backfill")
def backfill_beside_live(
    messages: Annotated[int, typer.Option(min=1, help="Old messages.")] = 100_000,
    keep: Annotated[Path | None, typer.Option(help="Folder to keep data and logs in.")] = None,
) -> None:
    """Bring messages of last month beside live ones; exit code 1 if a window is not exact."""
    with _reporting(keep) as (folder, tell):
        outcome = backfill(folder, messages, tell)
    typer.echo(outcome.line())
    raise typer.Exit(not outcome.is_clean)


@contextmanager
def _reporting(keep: Path | None) -> Iterator[tuple[Path, Report]]:
    """A folder, and a teller of what happens when."""
    begun = time.monotonic()
    logging.getLogger("stores.kafka.clients").setLevel(logging.CRITICAL)
    with one_line_errors(), ExitStack() as stack:
        if keep is None:
            keep = Path(stack.enter_context(TemporaryDirectory(prefix="groundswell-")))
        yield keep, lambda said: typer.echo(f"{time.monotonic() - begun:7.1f} s  {said}")


def _print_faults(outcome: BrokenOutcome) -> None:
    table = Table("fault", "times", "longest outage", *RECOVERY)
    kinds = dict.fromkeys(sorted(fault.kind for fault in outcome.faults))
    for kind in (*kinds, "all"):
        some = [fault for fault in outcome.faults if kind in {fault.kind, "all"}]
        times = np.quantile([(f.commit_s, f.recovery_s) for f in some], [0.5, 0.99], axis=0)
        table.add_row(
            kind,
            str(len(some)),
            f"{max(fault.outage_s for fault in some):.1f} s",
            *(f"{seconds:.1f} s" for seconds in times.T.flat),
        )
    Console().print(table)
    typer.echo(f"{outcome.found.line()} witnessed={outcome.found.witnessed} kills={outcome.kills}")


def _print_crashes(outcome: CrashedOutcome, brokers: int) -> None:
    table = Table("point", "crashes", "shortest outage", "longest outage", "slowest recovery")
    for point in dict.fromkeys(each.point for each in outcome.crashes):
        some = [each for each in outcome.crashes if each.point == point]
        outages = [each.outage_s for each in some]
        recovery = max(each.recovery_s for each in some)
        table.add_row(
            point,
            str(len(some)),
            f"{min(outages):.1f} s",
            f"{max(outages):.1f} s",
            f"{recovery:.1f} s",
        )
    Console().print(table)
    typer.echo(
        f"brokers={brokers} restarts={outcome.restarts} hits={outcome.hits}"
        f" open={outcome.open_transactions}"
        f" {outcome.verdict.line()} kills={len(outcome.crashes)}"
    )


if __name__ == "__main__":
    app()

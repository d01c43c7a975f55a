"""``python -m dataflows topics`` creates the topics; ``run`` keeps a flow running."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import one_line_errors
from contracts.settings import load
from contracts.topics import topics
from dataflows.cluster import find_cluster
from dataflows.recovery import made_for, prepare
from dataflows.run import Flow, Job, supervise
from stores.kafka import ensure_topics

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def main() -> None:
    """Operate the platform's flows."""


@app.command("topics")
def create_topics() -> None:
    """Create the topics that are missing; report those that exist with other settings."""
    with one_line_errors():
        kafka = load().kafka
        for difference in ensure_topics(kafka):
            typer.echo(f"warning: {difference}", err=True)
        typer.echo(f"topics ready: {', '.join(topic.name for topic in topics(kafka))}")


@app.command("run")
def run_flow(
    flow: Annotated[Flow, typer.Argument(help="Both halves, or one of them.")],
    *,
    recovery: Annotated[
        Path | None,
        typer.Option(
            envvar="BYTEWAX_RECOVERY_DIRECTORY",
            help="Folder of the recovery store; made where it is new. The analyze half needs none.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(envvar="BYTEWAX_WORKERS_PER_PROCESS", min=1, help="Threads.")
    ] = 1,
    process: Annotated[
        int | None,
        typer.Option(envvar="BYTEWAX_PROCESS_ID", help="Which of a cluster's processes, from 0."),
    ] = None,
    addresses: Annotated[
        str | None,
        typer.Option(envvar="BYTEWAX_ADDRESSES", help="host:port of all processes, by commas."),
    ] = None,
    snapshot: Annotated[
        int,
        typer.Option(envvar="BYTEWAX_SNAPSHOT_INTERVAL", min=0, help="Seconds between snapshots."),
    ] = 1,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds that it may take to end before it is killed.")
    ] = 20,
) -> None:
    """Run a flow; start it again when it crashes; end cleanly on SIGTERM and Ctrl-C."""
    with one_line_errors():
        settings = load()
        cluster = find_cluster(process, addresses, os.environ)
        if recovery and flow != "analyze":
            number = cluster.process if cluster else 0
            recovery = prepare(recovery, made_for(flow, settings), number)
        else:
            recovery = None
        job = Job(flow, recovery, workers, cluster, timedelta(seconds=snapshot))
        raise typer.Exit(supervise(job, settings, patience))


if __name__ == "__main__":
    app()

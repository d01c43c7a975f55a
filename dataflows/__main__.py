"""``python -m dataflows topics`` creates the topics."""

import typer

from contracts.errors import one_line_errors
from contracts.settings import load
from contracts.topics import topics
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


if __name__ == "__main__":
    app()

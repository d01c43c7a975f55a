"""The command line: ``python -m inference train|evaluate|analyze|benchmark``."""

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from contracts.errors import InputError, one_line_errors
from contracts.messages import Analysis
from contracts.wire import encode
from inference.analyzer import FastAnalyzer, load_analyzer
from inference.model import MODELS, load_model
from inference.stream import Readable, read_texts

app = typer.Typer(
    help="Sentiment, emotion, toxicity and churn risk of texts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Data = Annotated[Path, typer.Option(help="Folder of the corpora.")]
DATA = Path("../shared/data")


@app.command()
def train(
    data: Data = DATA,
    models: Annotated[Path, typer.Option(help="Folder the model is written to.")] = MODELS,
) -> None:
    """Train the fast model and write its files (needs the extra `train`)."""
    with one_line_errors():
        try:
            from inference.train.run import train as run
        except ModuleNotFoundError as error:
            raise InputError(
                f"training needs {error.name}", "install it with: pip install -e '.[train]'"
            ) from None
        run(data, models, print)


@app.command()
def evaluate(
    data: Data = DATA,
    report: Annotated[bool, typer.Option("--report", help="Write docs/models.md too.")] = False,
) -> None:
    """Print the model's scores on the validation splits."""
    from inference import benchmark as speed
    from inference.card import write_card
    from inference.evaluate import evaluate as score

    with one_line_errors():
        model = load_model()
        analyzer = FastAnalyzer(model)
        scores = score(analyzer, data)
        for line in scores:
            print(f"{line.task:18} {line.measure:36} {line.value:.3f}  ({line.texts:,} texts)")
        if report:
            print(f"wrote {write_card(model, scores, list(speed.measure(analyzer)))}")


@app.command()
def analyze(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, one a line from input.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    language: Annotated[
        str | None, typer.Option(help="Language of the texts, such as en; else it is guessed.")
    ] = None,
) -> None:
    """Say what the model makes of texts, in their order."""
    with one_line_errors():
        analyzer = load_analyzer()
        for batch in [texts] if texts else read_texts(cast(Readable, sys.stdin.buffer)):
            for text, analysis in zip(
                batch, analyzer.analyze(batch, [language] * len(batch)), strict=True
            ):
                print(encode(analysis).decode() if as_json else _readable(text, analysis))
            sys.stdout.flush()


@app.command()
def benchmark() -> None:
    """Print how many texts a second one core analyses, by batch size."""
    from inference.benchmark import measure

    with one_line_errors():
        for speed in measure(load_analyzer()):
            print(f"{speed.batch_size:4} texts a call  {speed.texts_per_second:10,.0f} texts/s")


def _readable(text: str, analysis: Analysis) -> str:
    shown = text.encode("utf-8", "replace").decode()
    if not analysis.language_supported:
        return f"{shown}\n  language not supported"
    signals = f" ({'; '.join(analysis.churn_signals)})" if analysis.churn_signals else ""
    return (
        f"{shown}\n"
        f"  sentiment {analysis.sentiment_label} {analysis.sentiment_score:+.2f}"
        f" (confidence {analysis.sentiment_confidence:.2f})"
        f" · emotion {analysis.emotion} · toxicity {analysis.toxicity:.2f}"
        f" · churn risk {analysis.churn_risk:.2f}{signals}"
    )


if __name__ == "__main__":
    app()

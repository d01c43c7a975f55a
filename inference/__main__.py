"""The command line: ``python -m inference train|evaluate|benchmark|analyze|export``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, cast

import msgspec
import typer

from contracts.errors import InputError, one_line_errors
from contracts.messages import Analysis
from contracts.settings import Inference
from contracts.wire import encode
from inference.analyzer import load_analyzer
from inference.explain import Attribution
from inference.model import MODELS
from inference.stream import Readable, read_texts

app = typer.Typer(
    help="Sentiment, emotion, toxicity and churn risk of texts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Data = Annotated[Path, typer.Option(help="Folder of the corpora.")]
DATA = Path("../shared/data")
STRONGEST = 6
Part = Literal["all", "accurate", "fast", "churn", "students"]
Mode = Literal["fast", "accurate", "cascade"]


@app.command()
def train(
    data: Data = DATA,
    models: Annotated[Path, typer.Option(help="Folder the models are written to.")] = MODELS,
    only: Annotated[Part, typer.Option(help="Which part; `students` compares kinds.")] = "all",
    kept: Annotated[
        Path, typer.Option(help="Folder where an interrupted training goes on from.")
    ] = Path("state/training"),
) -> None:
    """Train the shipped models and write their files (needs the extra `train`)."""
    with one_line_errors(), _needing("train"):
        from inference.train.run import train as run

        run(data, models, only, kept)


@app.command()
def evaluate(
    data: Data = DATA,
    report: Annotated[bool, typer.Option("--report", help="Write docs/models.md too.")] = False,
) -> None:
    """Print the models' scores on the validation splits (needs the extra `train`)."""
    with one_line_errors(), _needing("train"):
        from inference.evaluation import scores

        evaluation = scores.evaluate_all(data)
        for line in evaluation.lines():
            print(line)
        if report:
            from inference.evaluation.card import write_card

            print(f"wrote {write_card(evaluation)}")


@app.command()
def benchmark() -> None:
    """Print texts a second and how long a call takes, beside the transformers pipeline's.

    Needs the extra `train`, for the pipeline.
    """
    with one_line_errors(), _needing("train"):
        from inference.evaluation.benchmark import lines

        for line in lines():
            print(line, flush=True)


@app.command()
def analyze(  # noqa: PLR0917 -- options are given by name
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, one a line from input.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    language: Annotated[
        str | None, typer.Option(help="Language of the texts, such as en; else it is guessed.")
    ] = None,
    mode: Annotated[Mode, typer.Option(help="Which tier answers.")] = "cascade",
    own: Annotated[
        list[str] | None, typer.Option(help="Your own brand; may be given several times.")
    ] = None,
    competitor: Annotated[
        list[str] | None, typer.Option(help="A competitor; may be given several times.")
    ] = None,
    exported: Annotated[
        list[str] | None,
        typer.Option(help="Folder that `export` wrote; its model answers its task."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which words drove the sentiment.")
    ] = False,
) -> None:
    """Say what the models make of texts, in their order."""
    with one_line_errors():
        settings = Inference(
            mode=mode,
            own=tuple(own or ()),
            competitors=tuple(competitor or ()),
            exported=tuple(exported or ()),
        )
        analyzer = load_analyzer(settings)
        for batch in [texts] if texts else read_texts(cast("Readable", sys.stdin.buffer)):
            answers = analyzer.analyze(batch, [language] * len(batch))
            for text, analysis in zip(batch, answers, strict=True):
                why = analyzer.explain(text, analysis) if explain else None
                print(_as_json(analysis, why) if as_json else _readable(text, analysis, why))
            sys.stdout.flush()


@app.command()
def export(  # noqa: PLR0917 -- options are given by name
    model: Annotated[str, typer.Argument(help="Name on the Hugging Face hub, or a folder.")],
    task: Annotated[Literal["sentiment", "emotion", "toxicity"], typer.Option(help="Its task.")],
    folder: Annotated[Path | None, typer.Option(help="Folder to write to.")] = None,
    precision: Annotated[
        Literal["fp32", "fp16", "int8"], typer.Option(help="How its weights are kept.")
    ] = "fp32",
    label: Annotated[
        list[str] | None, typer.Option(help="LABEL=class, where the model's own do not say.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write what differs too much, too.")
    ] = False,
) -> None:
    """Export a classifier to ONNX and compare the two (needs the extra `train`)."""
    with one_line_errors(), _needing("train"):
        from inference.export.run import run

        pairs = [each.rpartition("=") for each in label or []]
        if unclear := [meaning for name, _, meaning in pairs if not name]:
            raise InputError(f"--label {unclear[0]} names no class", "write it LABEL=CLASS")
        run(
            model,
            task,
            folder or Path(Path(model).name),
            precision=precision,
            labels={name: meaning for name, _, meaning in pairs},
            force=force,
            say=print,
        )


@contextmanager
def _needing(extra: str) -> Iterator[None]:
    """Say which extra brings a package that is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f"this needs {error.name}", f"install it with: pip install -e '.[{extra}]'"
        ) from None


def _as_json(analysis: Analysis, why: list[Attribution] | None) -> str:
    explained = {} if why is None else {"explanation": why}
    return encode(msgspec.structs.asdict(analysis) | explained).decode()


def _readable(text: str, analysis: Analysis, why: list[Attribution] | None) -> str:
    shown = text.encode("utf-8", "replace").decode()
    if not analysis.language_supported:
        return f"{shown}\n  language not supported"
    signals = f" ({'; '.join(analysis.churn_signals)})" if analysis.churn_signals else ""
    answer = (
        f"{shown}\n"
        f"  sentiment {analysis.sentiment_label} {analysis.sentiment_score:+.2f}"
        f" (confidence {analysis.sentiment_confidence:.2f}, {analysis.model.tier})"
        f" · emotion {analysis.emotion} · toxicity {analysis.toxicity:.2f}"
        f" · churn risk {analysis.churn_risk:.2f}{signals}"
    )
    if why:
        strongest = sorted(why, key=lambda part: -abs(part.weight))[:STRONGEST]
        parts = "  ".join(f"{part.words} {part.weight:+.2f}" for part in strongest)
        answer += f"\n  because of  {parts}"
    return answer


if __name__ == "__main__":
    app()

"""Write dashboard/api.schema.json, which the dashboard's types are generated from."""

import json
from pathlib import Path

import msgspec

from contracts.documents import open_schemas
from gateway import answers

PATH = Path(__file__).parent.parent / "dashboard" / "api.schema.json"
ROOTS = (
    answers.OverallMetrics,
    answers.DimensionMetrics,
    answers.Trend,
    answers.MessagePage,
    answers.History,
    answers.AnalyzeRequest,
    answers.Analyses,
    answers.Problem,
    answers.InitialFrame,
    answers.UpdateFrame,
    answers.MessageFrame,
    answers.AlertFrame,
)


def schema() -> dict[str, object]:
    """One JSON Schema with every answer and frame under ``$defs``."""
    _, components = msgspec.json.schema_components(ROOTS, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": open_schemas(components),
    }


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(schema(), indent=2) + "\n")

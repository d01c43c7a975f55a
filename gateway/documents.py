"""Write dashboard/api.schema.json, which the dashboard's types are generated from."""

import json
from pathlib import Path
from typing import Any

import msgspec

from contracts.completeness import Completeness
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
    Completeness,
    answers.Problem,
    answers.InitialFrame,
    answers.UpdateFrame,
    answers.MessageFrame,
    answers.AlertFrame,
    answers.DeletedFrame,
)


def schema(ref_template: str = "#/$defs/{name}") -> dict[str, Any]:
    """The JSON Schema of every answer and frame, by name."""
    _, components = msgspec.json.schema_components(ROOTS, ref_template=ref_template)
    return open_schemas(components)


def text() -> str:
    """The file's text."""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": schema()}
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(text())

"""What a file was taken for, shown before the first message is sent."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.file import FileSource
from connectors.normalise import dropped_columns, value_at

SHOWN_ROWS = 3
SHOWN_CHARS = 48


def show(source: FileSource, console: Console) -> None:
    """Print columns, what becomes of each, and the first rows."""
    table_of = source.table
    dialect = table_of.dialect
    header = "" if dialect.format == "jsonl" else _header_words(table_of.has_header)
    title = f"{source.path}: {dialect.format}{header}"
    grid = Table(title=Text(title), title_justify="left", show_lines=False)
    for heading in ("column", "becomes", *(f"row {n}" for n in range(1, SHOWN_ROWS + 1))):
        grid.add_column(heading, overflow="fold")
    rows = source.sample_cells()[:SHOWN_ROWS]
    field_of = {column: field for field, column in source.mapping.items()}
    dropped = dropped_columns(source.mapping, table_of.columns)
    nested = [column for column in field_of if column not in table_of.columns]
    for column in (*table_of.columns, *nested):
        is_author = field_of.get(column) == "author" or column in dropped
        becomes = field_of.get(column, "not kept (author)" if column in dropped else "extra")
        if becomes == "author":
            becomes = "author_id (hashed)"
        shown = ["…" if is_author else _short(value_at(cells, column)) for cells in rows]
        grid.add_row(Text(column), Text(becomes), *map(Text, shown))
    console.print(grid)
    console.print(Text(_about_times(source)))
    for notice in source.notices:
        console.print(Text(notice))


def _header_words(has_header: bool) -> str:
    return ", with a header" if has_header else ", without a header"


def _about_times(source: FileSource) -> str:
    column = source.mapping.get("created_at")
    if source.has_times:
        return f"times: column {column}; those without an offset are {source.options.zone}"
    if column is None:
        return "times: no column is clearly the time, so created_at is the moment of sending"
    return f"times: the moment of sending, not column {column} (--times now)"


def _short(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"

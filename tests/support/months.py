"""Posts with made-up times over a month, in any order."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
MINUTES = 30 * 24 * 60
ORDERS = ("file order", "newest first", "shuffled")
PLACES = [("Berlin", "Aero One"), ("London", "Aero Two"), ("Madrid", "Nimbus"), ("", "")]


def write_month(path: Path, texts: list[str], order: str) -> None:
    """A CSV of the texts, each at the same made-up time whatever the order of the rows."""
    chance = random.Random(3)
    rows = []
    for number, text in enumerate(texts):
        minutes = chance.triangular(0, MINUTES, MINUTES / 3)
        created_at = FIRST + timedelta(minutes=minutes)
        rows.append([str(number), created_at.isoformat(), text, *chance.choice(PLACES)])
    if order == "file order":
        rows.sort(key=lambda row: row[1])
    elif order == "newest first":
        rows.sort(key=lambda row: row[1], reverse=True)
    else:
        chance.shuffle(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "created_at", "text", "city", "product"])
        writer.writerows(rows)

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_npm_knows_each_file_and_its_hash_without_asking_for_the_packages_versions() -> None:
    lock = json.loads((ROOT / "dashboard" / "package-lock.json").read_text())
    packages = {place: entry for place, entry in lock["packages"].items() if place}
    lacking = {
        place
        for place, entry in packages.items()
        if not entry.get("resolved", "").startswith("https://registry.invalid/")
        or not entry.get("integrity")
    }
    assert packages
    assert lacking == set(), "written by npm alone? run: make lock"


def test_lock_files_agree_on_every_version() -> None:
    versions: dict[tuple[str, str], set[str]] = {}
    for path in sorted((ROOT / "requirements").glob("*.lock")):
        for name, version, marker in re.findall(
            r"^(\S+?)==(\S+)(.*?) \\$", path.read_text(), re.MULTILINE
        ):
            versions.setdefault((name, marker), set()).add(version)
    assert versions
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}

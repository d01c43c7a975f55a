import io

import pytest
from rich.console import Console

from inference.train import progress
from inference.train.progress import say, steps


@pytest.fixture(params=[True, False], ids=["terminal", "file"])
def shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    output = io.StringIO()
    console = Console(file=output, force_terminal=request.param, width=100)
    monkeypatch.setattr(progress, "_console", console)
    return output


def test_every_item_comes_with_its_number_and_the_end_is_shown(shown: io.StringIO) -> None:
    assert list(steps("abc", "reading", lambda: "loss 0.5")) == [(0, "a"), (1, "b"), (2, "c")]
    for part in ("reading", "3", "loss 0.5"):
        assert part in shown.getvalue()


def test_work_goes_on_where_it_was(shown: io.StringIO) -> None:
    assert list(steps("abc", "reading", first=2)) == [(2, "c")]
    assert list(steps("abc", "reading", first=3)) == []
    assert "reading" in shown.getvalue()


def test_a_line_is_said_as_it_is(shown: io.StringIO) -> None:
    say("wrote [fast] to 3.5 files")
    assert "wrote [fast] to 3.5 files" in shown.getvalue()

"""A supervised process is started again, unless its user must mend something first."""

import sys
from pathlib import Path

import pytest

from local.process import Process
from local.services import Supervisor
from tests.support.waiting import wait_for


@pytest.mark.parametrize("code", [0, 1, 75])
def test_a_process_that_ends_is_started_again(tmp_path: Path, code: int) -> None:
    told: list[str] = []
    process = Process("short", [sys.executable, "-c", f"exit({code})"], tmp_path)
    supervisor = Supervisor(process, told.append)
    supervisor.start()
    wait_for(lambda: supervisor.restarts >= 2)
    supervisor.stop()
    assert not supervisor.has_given_up
    assert f"ended with code {code}" in told[0]


def test_a_mistake_of_the_user_is_not_tried_again(tmp_path: Path) -> None:
    told: list[str] = []
    program = "import sys; print('error: no such setting'); sys.exit(2)"
    process = Process("wrong", [sys.executable, "-c", program], tmp_path)
    supervisor = Supervisor(process, told.append)
    supervisor.start()
    wait_for(lambda: supervisor.has_given_up)
    supervisor.stop()
    assert supervisor.restarts == 0
    assert told == ["wrong has stopped: error: no such setting"]

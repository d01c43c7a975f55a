"""Keeps a flow running: starts it again when it crashes, and ends it cleanly when asked to.

The flow runs in a child that is forked from this process, which has imported what a flow needs and
started nothing of it: no thread, no client, no session. So a child is at work without the seconds
that importing takes.
"""

import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Literal

from contracts.backoff import Backoff
from contracts.errors import USER_ERROR
from contracts.settings import Settings
from dataflows import stop
from dataflows.cluster import Cluster
from dataflows.start import log_to_stderr

Flow = Literal["pipeline", "analyze", "aggregate", "ingest"]
LOOK_S = 0.1
BACKUP = timedelta(0)
LAZY = {
    "analyze": ("onnxruntime", "tokenizers"),
    "aggregate": ("stores.redis",),
    "ingest": (),
    "sqlite": ("stores.sqlite",),
    "elasticsearch": ("stores.elasticsearch",),
}
"""Modules that are imported only when they are wanted, which in a flow is always."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """What is to run.

    :param recovery: the engine's recovery folder, prepared; null for none.
    :param workers: threads of this process.
    :param cluster: null where this process is alone.
    """

    flow: Flow
    recovery: Path | None = None
    workers: int = 1
    cluster: Cluster | None = None
    snapshot: timedelta = timedelta(seconds=1)


def supervise(job: Job, settings: Settings, patience_s: float) -> int:
    """Run it until this process is asked to end; the exit code.

    :param patience_s: how long a child may take to end before it is killed.
    :returns: 0 after a clean end, 2 where the user must mend something first, else 1.
    """
    stop.listen()
    log_to_stderr()
    preload(job.flow, settings)
    backoff = Backoff()
    while not stop.is_wanted():
        begun = time.monotonic()
        child = multiprocessing.get_context("fork").Process(target=_work, args=(job,))
        child.start()
        ended = _wait(child, patience_s)
        if stop.is_wanted() or child.exitcode == USER_ERROR:
            return _last_words(job, child, ended, patience_s)
        pause_s = backoff.pause_s(time.monotonic() - begun)
        logger.warning("%s %s; starting it again in %.1f s", job.flow, _how(child), pause_s)
        until = time.monotonic() + pause_s
        while not stop.is_wanted() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_S))
    return 0


def preload(flow: Flow, settings: Settings) -> None:
    """Import what a flow needs, and start no thread: threads do not survive a fork."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's threads would start at import
    halves = ("analyze", "aggregate") if flow == "pipeline" else (flow,)
    wanted = [f"dataflows.{flow}", *(module for half in halves for module in LAZY[half])]
    if "aggregate" in halves:
        wanted += LAZY[settings.history.store]
    for module in wanted:
        import_module(module)
    gc.freeze()  # so that a child's collections do not copy these pages


def _wait(child: ForkProcess, patience_s: float) -> bool:
    """Until the child ends, by itself or because this process was asked to; False if killed."""
    while child.is_alive() and not stop.is_wanted():
        child.join(LOOK_S)
    if child.is_alive():
        child.terminate()
        child.join(patience_s)
    if not child.is_alive():
        return True
    child.kill()
    child.join()
    return False


def _last_words(job: Job, child: ForkProcess, ended: bool, patience_s: float) -> int:
    if not ended:
        logger.error("%s did not end within %g s and was killed", job.flow, patience_s)
        return 1
    if child.exitcode in {0, USER_ERROR}:
        return child.exitcode
    logger.error("%s %s when it was asked to end", job.flow, _how(child))
    return 1


def _how(child: ForkProcess) -> str:
    code = child.exitcode or 0
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _work(job: Job) -> None:
    """The child: the flow, as ``python -m bytewax.run`` runs it."""
    from bytewax.recovery import RecoveryConfig
    from bytewax.run import cli_main

    threading.Thread(target=_end_with_parent, daemon=True).start()
    config: Callable[..., object] = RecoveryConfig
    main: Callable[..., None] = cli_main
    main(
        import_module(f"dataflows.{job.flow}").flow(),
        workers_per_process=job.workers,
        process_id=job.cluster.process if job.cluster else None,
        addresses=list(job.cluster.addresses) if job.cluster else None,
        epoch_interval=job.snapshot,
        recovery_config=config(job.recovery, BACKUP) if job.recovery else None,
    )


def _end_with_parent() -> None:
    """Be killed when the parent ends, however it does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGKILL)

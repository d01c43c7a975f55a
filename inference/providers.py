"""What a graph runs on: the processor or, with the extra ``gpu``, a CUDA device.

``cpu`` is always there. ``cuda`` is CUDA or an error. ``auto`` is CUDA where onnxruntime offers and
can start it, else the processor, with one warning a process where it offers CUDA but cannot start.
"""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from contracts.errors import InputError

# Newer builds send usage data to their maker unless this is set before they are loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, SessionOptions

PROVIDERS: Final = ("auto", "cpu", "cuda")
CPU: Final = "CPUExecutionProvider"
CUDA: Final = "CUDAExecutionProvider"

logger = logging.getLogger(__name__)

_failures: list[str] = []  # what kept CUDA from starting in this process; tried and told only once


def open_session(
    graph: bytes | Path, *, provider: str = "auto", threads: int = 1
) -> "InferenceSession":
    """A session that is ready to run.

    :param graph: an ONNX model or its file; a file is not kept in memory a second time.
    :param provider: one of ``PROVIDERS``.
    :param threads: threads of the processor that one run may use.
    :raises InputError: there is no such provider, ``cuda`` is asked for and cannot be had, or the
        graph cannot be loaded.
    """
    # Half a second, which only scoring should cost.
    import onnxruntime as ort

    if provider not in PROVIDERS:
        raise InputError(f"there is no provider {provider!r}", f"use {', '.join(PROVIDERS)}")
    is_offered = CUDA in ort.get_available_providers()
    if provider == "cpu" or (provider == "auto" and (_failures or not is_offered)):
        return _open(graph, [CPU], threads)
    if not is_offered:
        raise InputError("the installed onnxruntime has no CUDA", _INSTALL)
    try:
        return _open_on_cuda(graph, threads)
    except InputError as error:
        if provider == "cuda":
            raise
        # A graph that cannot be loaded anywhere is no failure of CUDA.
        session = _open(graph, [CPU], threads)
        _failures.append(error.what)
        logger.warning("%s; running on the processor instead; %s", error.what, _DRIVER)
        return session


def device_of(session: "InferenceSession") -> str:
    """``cuda`` or ``cpu``, where a session runs."""
    return "cuda" if CUDA in session.get_providers() else "cpu"


def run(session: "InferenceSession", inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """All outputs of a session, on the processor, whatever it runs on."""
    device = device_of(session)
    if device == "cpu":
        return [np.asarray(output) for output in session.run(None, dict(inputs))]
    return run_bound(session, inputs, device)


def run_bound(
    session: "InferenceSession", inputs: Mapping[str, NDArray[Any]], device: str
) -> list[NDArray[Any]]:
    """All outputs of a session, with inputs and outputs bound to a device's memory.

    Each input is copied to the device once and each output back once, and nothing in between.

    :param device: ``cuda`` or ``cpu``.
    """
    from onnxruntime import OrtValue

    binding = session.io_binding()
    for name, values in inputs.items():
        binding.bind_ortvalue_input(name, OrtValue.ortvalue_from_numpy(values, device, 0))
    for output in session.get_outputs():
        binding.bind_output(output.name, device)
    session.run_with_iobinding(binding)
    return [np.asarray(output) for output in binding.copy_outputs_to_cpu()]


def session_options(threads: int) -> "SessionOptions":
    """Options of every session: ``threads`` for one run, errors only in the log."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def _open_on_cuda(graph: bytes | Path, threads: int) -> "InferenceSession":
    import onnxruntime as ort

    # It finds CUDA's libraries among the installed packages, and prints what it does not find.
    with redirect_stdout(sys.stderr):
        ort.preload_dlls()
    session = _open(graph, [CUDA, CPU], threads)
    if device_of(session) != "cuda":
        raise InputError("onnxruntime offers CUDA but cannot start it", _DRIVER)
    return session


def _open(graph: bytes | Path, providers: list[str], threads: int) -> "InferenceSession":
    import onnxruntime as ort

    try:
        # Its own falling back would print to standard output.
        return ort.InferenceSession(
            graph, session_options(threads), providers=providers, enable_fallback=0
        )
    except Exception as error:
        shown = graph if isinstance(graph, Path) else "the graph"
        reason = str(error).strip().partition("\n")[0]
        remedy = _DRIVER if CUDA in providers else "export the model again"
        raise InputError(f"onnxruntime cannot load {shown}: {reason}", remedy) from error


_INSTALL = "install the extra `gpu` in place of onnxruntime: pip install -e '.[gpu]'"
_DRIVER = "for CUDA, check that nvidia-smi shows a device and that the extra `gpu` is installed"

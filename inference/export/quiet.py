"""The exporting libraries tell users much that is of use to their own authors only."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


@contextmanager
def quietly() -> Iterator[None]:
    """Keep warnings, notices and progress bars of PyTorch and transformers from the terminal."""
    transformers_logging: Any = import_module("transformers.utils.logging")
    torch_logger = logging.getLogger("torch.onnx")
    before = transformers_logging.get_verbosity()
    had_bars = transformers_logging.is_progress_bar_enabled()
    torch_before = torch_logger.level
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    torch_logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers_logging.set_verbosity(before)
        torch_logger.setLevel(torch_before)
        if had_bars:
            transformers_logging.enable_progress_bar()

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from contracts.errors import InputError
from inference import providers
from inference.export.served import load_exported
from inference.providers import CPU, CUDA, device_of, open_session, run, run_bound
from tests.unit.inference.export.conftest import Models


@pytest.fixture(scope="module")
def graph() -> bytes:
    """Doubles what it is given."""
    value = helper.make_tensor_value_info
    return bytes(
        helper.make_model(
            helper.make_graph(
                [helper.make_node("Add", ["x", "x"], ["y"])],
                "double",
                [value("x", TensorProto.FLOAT, ["rows"])],
                [value("y", TensorProto.FLOAT, ["rows"])],
            ),
            opset_imports=[helper.make_opsetid("", 20)],
            ir_version=10,
        ).SerializeToString()
    )


@pytest.fixture
def broken_cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An onnxruntime that offers CUDA and cannot start it, as without a driver."""
    start = onnxruntime.InferenceSession

    def fail_on_cuda(
        graph: bytes, options: object, *, providers: list[str], enable_fallback: int
    ) -> onnxruntime.InferenceSession:
        assert enable_fallback == 0
        if CUDA in providers:
            raise RuntimeError("CUDA failure 35: driver version is insufficient\nand more")
        return start(graph, options, providers=providers)

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("libcudart is missing"))
    monkeypatch.setattr(onnxruntime, "InferenceSession", fail_on_cuda)
    providers._failures.clear()
    yield
    providers._failures.clear()


@pytest.mark.parametrize("provider", ["auto", "cpu"])
def test_without_cuda_the_processor_runs_silently(
    graph: bytes, provider: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "double.onnx").write_bytes(graph)
    for each in (graph, tmp_path / "double.onnx"):
        session = open_session(each, provider=provider, threads=2)
        assert device_of(session) == "cpu"
        assert run(session, {"x": np.ones(3, np.float32)})[0].tolist() == [2, 2, 2]
    assert not caplog.records


def test_cuda_that_is_not_installed_is_refused_with_the_remedy(graph: bytes) -> None:
    with pytest.raises(InputError, match="has no CUDA; install the extra `gpu`"):
        open_session(graph, provider="cuda")


@pytest.mark.usefixtures("broken_cuda")
def test_cuda_that_does_not_start_is_one_warning_and_the_processor(
    graph: bytes, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions = [open_session(graph) for _ in range(3)]
    assert [device_of(session) for session in sessions] == ["cpu"] * 3
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "driver version is insufficient; running on the processor" in record.message
    assert "and more" not in record.message
    assert not capsys.readouterr().out


@pytest.mark.usefixtures("broken_cuda")
def test_cuda_that_is_asked_for_and_does_not_start_is_an_error(graph: bytes) -> None:
    with pytest.raises(InputError, match=r"driver version is insufficient; .*nvidia-smi"):
        open_session(graph, provider="cuda")


@pytest.mark.usefixtures("broken_cuda")
def test_a_bad_graph_is_not_blamed_on_cuda(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError, match=r"cannot load the graph.*export the model again"):
        open_session(b"no graph")
    assert not caplog.records


def test_cuda_that_is_left_out_without_an_error_is_noticed(
    graph: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = onnxruntime.InferenceSession
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda graph, options, **_: start(graph, options)
    )
    with pytest.raises(InputError, match="offers CUDA but cannot start it"):
        open_session(graph, provider="cuda")


def test_an_unknown_provider_is_refused(graph: bytes) -> None:
    with pytest.raises(InputError, match="no provider 'tpu'; use auto, cpu, cuda"):
        open_session(graph, provider="tpu")


def test_bound_memory_gives_the_same_answer(graph: bytes, exports: Models) -> None:
    session = open_session(graph, provider="cpu")
    for rows in (1, 5):
        (found,) = run_bound(session, {"x": np.full(rows, 2, np.float32)}, "cpu")
        assert found.tolist() == [4] * rows
    model = load_exported(exports["roberta-fp32"], provider="cpu")
    ids = np.array([[0, 5, 6, 2], [0, 7, 2, 1]])
    inputs = {"input_ids": ids, "attention_mask": (ids != 1).astype(np.int64)}
    expected = run(model._session, inputs)[0]
    assert np.array_equal(run_bound(model._session, inputs, "cpu")[0], expected)

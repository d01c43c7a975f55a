"""Four linear layers as one ONNX graph and its manifest."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from inference.features import BUCKETS
from inference.model import CHURN_WEIGHTS, GRAPH, MANIFEST, Manifest, checksum
from inference.train.linear import Layer

OPSET = 17
IR_VERSION = 9


def graph(layers: list[Layer], *, name: str, version: str) -> bytes:
    """The graph that ``inference.model`` describes.

    The table ``[BUCKETS + 1, 12]`` holds all layers side by side in half precision; its last row,
    which padding points at, is zero. A text's rows are summed and divided by the square root of
    how many there are, which is the length of the vector that the layers were trained on.

    :param layers: sentiment, emotion, toxicity, churn, calibrated.
    """
    table = np.hstack([layer.weights for layer in layers]).astype(np.float16)
    table = np.vstack([table, np.zeros((1, table.shape[1]), np.float16)])
    widths = [len(layer.bias) for layer in layers]
    constants: dict[str, NDArray[Any]] = {
        "table": table,
        "bias": np.concatenate([layer.bias for layer in layers]).astype(np.float32),
        "padding": np.array(BUCKETS, np.int32),
        "positions": np.array([1], np.int64),
        "one": np.array(1.0, np.float32),
        "widths": np.array(widths, np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", "rows"], ["half"], axis=0),
        helper.make_node("Cast", ["half"], ["weights"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["weights", "positions"], ["sum"], keepdims=0),
        helper.make_node("Equal", ["rows", "padding"], ["is_padding"]),
        helper.make_node("Not", ["is_padding"], ["is_ngram"]),
        helper.make_node("Cast", ["is_ngram"], ["counted"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["counted", "positions"], ["count"], keepdims=1),
        helper.make_node("Max", ["count", "one"], ["at_least_one"]),
        helper.make_node("Sqrt", ["at_least_one"], ["norm"]),
        helper.make_node("Div", ["sum", "norm"], ["scaled"]),
        helper.make_node("Add", ["scaled", "bias"], ["logits"]),
        helper.make_node("Split", ["logits", "widths"], ["a", "b", "c", "d"], axis=1),
        helper.make_node("Softmax", ["a"], ["sentiment"], axis=1),
        helper.make_node("Softmax", ["b"], ["emotion"], axis=1),
        helper.make_node("Sigmoid", ["c"], ["toxicity"]),
        helper.make_node("Sigmoid", ["d"], ["churn"]),
    ]
    outputs = [
        helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])
        for output, width in zip(("sentiment", "emotion", "toxicity", "churn"), widths, strict=True)
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            name,
            [helper.make_tensor_value_info("rows", TensorProto.INT32, ["batch", "length"])],
            outputs,
            [numpy_helper.from_array(value, key) for key, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="groundswell",
    )
    helper.set_model_props(model, {"name": name, "version": version})
    onnx.checker.check_model(model)
    payload: bytes = model.SerializeToString(deterministic=True)
    return payload


def write(
    folder: Path, payload: bytes, churn_weights: NDArray[np.float64], about: Manifest
) -> None:
    """Write a model's three files; the manifest, with the checksums of the others, last."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {GRAPH: payload, CHURN_WEIGHTS: churn_weights.astype("<f2").tobytes()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = msgspec.structs.replace(
        about, sha256={name: checksum(content) for name, content in files.items()}
    )
    document = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(document + b"\n")

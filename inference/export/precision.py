"""Smaller graphs: half precision for GPUs, weights in 8 bits for small files.

In int8 only weights are rounded, each column of a matrix and each row of an embedding with a scale
of its own; sums are computed in single precision. So no text's answer depends on the largest
number in its batch, as it does where activations are quantised by the batch. onnxruntime unfolds
the matrices when it loads them: the file is a quarter of the size, the speed that of fp32.
"""

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inference.export.manifest import Precision

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

LARGEST = 127
MATRIX = 2

Floats = NDArray[np.float32]


def before_export(network: Any, precision: Precision) -> Any:
    """A copy of a network to export, in half precision for fp16."""
    copied = copy.deepcopy(network)
    return copied.half() if precision == "fp16" else copied


def after_export(graph: "ModelProto", precision: Precision) -> "ModelProto":
    """The exported graph, its weights in 8 bits for int8; the graph given may be changed."""
    if precision != "int8":
        return graph
    weights = {each.name: each for each in graph.graph.initializer if len(each.dims) == MATRIX}
    matrices, tables = _weights_by_use(graph, set(weights))
    nodes: list[NodeProto] = []
    for name in matrices:
        nodes += _unfold(name)
    for node in graph.graph.node:
        nodes += _look_up(node) if node.op_type == "Gather" and node.input[0] in tables else [node]
    for name in (*matrices, *tables):
        _round(graph, name, axis=0 if name in matrices else 1)
    graph.graph.ClearField("node")
    graph.graph.node.extend(nodes)
    return graph


def _weights_by_use(graph: "ModelProto", names: set[str]) -> tuple[list[str], list[str]]:
    """Those that only multiply, and those that only are looked up in, in the graph's order."""
    uses: dict[str, set[str]] = {}
    for node, place, name in _inputs(graph):
        if name in names:
            axis = next((each.i for each in node.attribute if each.name == "axis"), 0)
            uses.setdefault(name, set()).add(f"{node.op_type}:{place}:{axis}")
    matrices = [name for name, used in uses.items() if used == {"MatMul:1:0"}]
    tables = [name for name, used in uses.items() if used == {"Gather:0:0"}]
    return matrices, tables


def _inputs(graph: "ModelProto") -> "Iterator[tuple[NodeProto, int, str]]":
    for node in graph.graph.node:
        for place, name in enumerate(node.input):
            yield node, place, name


def _round(graph: "ModelProto", name: str, axis: int) -> None:
    """Put a weight's 8 bits and scales in its place; along ``axis`` a scale is the same."""
    from onnx import numpy_helper

    place = next(i for i, each in enumerate(graph.graph.initializer) if each.name == name)
    weight: Floats = numpy_helper.to_array(graph.graph.initializer[place]).astype(np.float32)
    scales = np.maximum(np.abs(weight).max(axis=axis, keepdims=True) / LARGEST, 1e-12)
    whole = np.round(weight / scales).astype(np.int8)
    graph.graph.initializer[place].CopyFrom(numpy_helper.from_array(whole, f"{name}.whole"))
    graph.graph.initializer.append(
        numpy_helper.from_array(scales.astype(np.float32), f"{name}.scales")
    )


def _unfold(name: str) -> "list[NodeProto]":
    """Nodes of constants only, which onnxruntime computes once; the result has the old name."""
    from onnx import TensorProto, helper

    return [
        helper.make_node("Cast", [f"{name}.whole"], [f"{name}.single"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.single", f"{name}.scales"], [name]),
    ]


def _look_up(node: "NodeProto") -> "list[NodeProto]":
    """Nodes that look up rows and their scales instead of unfolding a whole table."""
    from onnx import TensorProto, helper

    name, rows = node.input
    whole, single, scales = (f"{node.output[0]}.{part}" for part in ("whole", "single", "scales"))
    return [
        helper.make_node("Gather", [f"{name}.whole", rows], [whole], axis=0),
        helper.make_node("Gather", [f"{name}.scales", rows], [scales], axis=0),
        helper.make_node("Cast", [whole], [single], to=TensorProto.FLOAT),
        helper.make_node("Mul", [single, scales], node.output),
    ]

"""The accurate model as an ONNX graph that multiplies in 8-bit integers.

Each row that enters a linear layer, one token of one text, is quantised by its own largest value,
so that a text's answer does not depend on what shares its batch, as it would where one scale serves
a whole batch (onnxruntime's dynamic quantisation). Weights have a scale an output and 7 bits: sums
of two products of unsigned 8 and signed 7 bits fit into the 16 bits that processors without VNNI
add them in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from inference.train.calibrate import Scaling
from inference.train.trunk import EPSILON, HEADS, WIDTH

OPSET = 20
IR_VERSION = 10
WEIGHT_MAX = 63
ROW_MAX = 127
ZERO_POINT = 128
MICROSOFT = "com.microsoft"

Floats = NDArray[np.float32]


class Graph:
    """Nodes and constants as they are added; every value is named by who makes it."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {
            "row_max": np.array(1 / ROW_MAX, np.float32),
            "smallest": np.array(1e-9, np.float32),
            "one": np.array(1, np.float32),
            "zero_point": np.array(ZERO_POINT, np.uint8),
            "last_axis": np.array([-1], np.int64),
        }

    def add(self, kind: str, inputs: Sequence[str], domain: str = "", **attributes: Any) -> str:
        """A node with one output; its name."""
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A constant; its name."""
        self.constants[name] = value
        return name

    def quantized_rows(self, states: str) -> tuple[str, str]:
        """Unsigned 8 bits around ``ZERO_POINT``, ``[rows, inputs]``; scales ``[rows, 1]``."""
        largest = self.add("ReduceMax", [self.add("Abs", [states]), "last_axis"], keepdims=1)
        scales = self.add("Max", [self.add("Mul", [largest, "row_max"]), "smallest"])
        by_row = self.add("Squeeze", [scales, "last_axis"])
        middle = self.add("Expand", ["zero_point", self.add("Shape", [by_row])])
        return self.add("QuantizeLinear", [states, by_row, middle], axis=0), scales

    def linear(self, name: str, rows: tuple[str, str], weight: Floats, bias: Floats) -> str:
        """Quantised rows through a linear layer, ``weight [outputs, inputs]``."""
        quantized, scales = rows
        columns = np.maximum(np.abs(weight).max(axis=1) / WEIGHT_MAX, 1e-12)
        whole = np.round(weight / columns[:, None]).astype(np.int8).T.copy()
        # Written as this operator, not left to onnxruntime's fusion, which takes the scales of
        # rows for one of all rows and answers wrongly.
        product = self.add(
            "MatMulIntegerToFloat",
            [
                quantized,
                self.constant(f"{name}.weight", whole),
                "one",
                self.constant(f"{name}.scale", columns.astype(np.float32)),
                "zero_point",
            ],
            MICROSOFT,
        )
        return self.add(
            "Add", [self.add("Mul", [product, scales]), self.constant(f"{name}.bias", bias)]
        )

    def norm(self, name: str, states: str, weight: Floats, bias: Floats) -> str:
        """Layer normalisation over the last axis."""
        inputs = [
            states,
            self.constant(f"{name}.gain", weight),
            self.constant(f"{name}.bias", bias),
        ]
        return self.add("LayerNormalization", inputs, axis=-1, epsilon=EPSILON)


def build(
    weights: Mapping[str, Floats],
    tasks: Mapping[str, Scaling],
    *,
    name: str,
    version: str,
) -> bytes:
    """``tokens [batch, length]`` (0 is padding) to the probabilities of each task.

    :param weights: the trained model's, as PyTorch names them.
    :param tasks: the outputs that are wanted, each with its calibration.
    """
    graph = Graph()
    texts = Texts(graph)
    states = _embed(graph, weights)
    last = max(int(key.split(".")[2]) for key in weights if key.startswith("encoder.layers."))
    for number in range(last):
        states = _layer(graph, texts, weights, f"encoder.layers.{number}", states, is_last=False)
    pooled = _layer(graph, texts, weights, f"encoder.layers.{last}", states, is_last=True)
    rows = graph.quantized_rows(pooled)
    outputs = []
    for task, calibration in tasks.items():
        graph.nodes.append(_head(graph, weights, task, rows, calibration))
        width = len(calibration.offset)
        outputs.append(helper.make_tensor_value_info(task, TensorProto.FLOAT, ["batch", width]))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            name,
            [helper.make_tensor_value_info("tokens", TensorProto.INT32, ["batch", "length"])],
            outputs,
            [numpy_helper.from_array(value, key) for key, value in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=IR_VERSION,
        producer_name="groundswell",
    )
    helper.set_model_props(model, {"name": name, "version": version})
    payload: bytes = model.SerializeToString(deterministic=True)
    return payload


class Texts:
    """How the rows of tokens belong to texts.

    Outside attention the tokens of all texts are rows of one matrix, ``[batch * length, WIDTH]``.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        graph.constant("padding", np.array(0, np.int32))
        graph.constant("width", np.array([WIDTH], np.int64))
        graph.constant("all_rows", np.array([-1, WIDTH], np.int64))
        graph.constant("one_token", np.array([-1, 1, WIDTH], np.int64))
        graph.constant("first", np.array(0, np.int64))
        is_padding = graph.add("Equal", ["tokens", "padding"])
        self.mask = graph.add("Cast", [graph.add("Not", [is_padding])], to=TensorProto.INT32)
        self._shape = graph.add("Concat", [graph.add("Shape", ["tokens"]), "width"], axis=0)

    def apart(self, rows: str) -> str:
        """``[batch, length, WIDTH]`` of rows."""
        return self._graph.add("Reshape", [rows, self._shape])

    def first(self, rows: str) -> str:
        """``[batch, WIDTH]``, the rows of first tokens."""
        return self._graph.add("Gather", [self.apart(rows), "first"], axis=1)

    def attend(self, queries: str, keys: str, values: str, *, is_first: bool) -> str:
        """Rows of what the queries' tokens, all or only the first of each text, attend to."""
        inputs = [
            self._graph.add("Reshape", [queries, "one_token"]) if is_first else self.apart(queries),
            self.apart(keys),
            self.apart(values),
            "",
            self.mask,
        ]
        attended = self._graph.add("MultiHeadAttention", inputs, MICROSOFT, num_heads=HEADS)
        return self._graph.add("Reshape", [attended, "all_rows"])


def _embed(graph: Graph, weights: Mapping[str, Floats]) -> str:
    words = weights["encoder.words.weight"]
    scales = np.maximum(np.abs(words).max(axis=1, keepdims=True) / ROW_MAX, 1e-12)
    graph.constant("words", np.round(words / scales).astype(np.int8))
    graph.constant("words.scale", scales.astype(np.float32))
    whole = graph.add(
        "Cast", [graph.add("Gather", ["words", "tokens"], axis=0)], to=TensorProto.FLOAT
    )
    word = graph.add("Mul", [whole, graph.add("Gather", ["words.scale", "tokens"], axis=0)])
    shape = graph.add("Shape", ["tokens"], start=1, end=2)
    graph.constant("positions", weights["encoder.positions.weight"])
    graph.constant("start", np.array([0], np.int64))
    places = graph.add("Slice", ["positions", "start", shape, "start"])
    return graph.norm(
        "norm",
        graph.add("Reshape", [graph.add("Add", [word, places]), "all_rows"]),
        weights["encoder.norm.weight"],
        weights["encoder.norm.bias"],
    )


def _layer(
    graph: Graph,
    texts: Texts,
    weights: Mapping[str, Floats],
    name: str,
    states: str,
    *,
    is_last: bool,
) -> str:
    """The rows after a layer; after the last one, only those of first tokens."""

    def linear(part: str, rows: tuple[str, str]) -> str:
        place = f"{name}.{part}"
        return graph.linear(place, rows, weights[f"{place}.weight"], weights[f"{place}.bias"])

    def norm(part: str, residual: str, value: str) -> str:
        place = f"{name}.{part}"
        total = graph.add("Add", [residual, value])
        return graph.norm(place, total, weights[f"{place}.weight"], weights[f"{place}.bias"])

    rows = graph.quantized_rows(states)
    asking, asking_rows = states, rows
    if is_last:
        asking = texts.first(states)
        asking_rows = graph.quantized_rows(asking)
    attended = texts.attend(
        linear("query", asking_rows), linear("key", rows), linear("value", rows), is_first=is_last
    )
    asking = norm("attended_norm", asking, linear("attended", graph.quantized_rows(attended)))
    inner = graph.add("Gelu", [linear("widened", graph.quantized_rows(asking))])
    return norm("narrowed_norm", asking, linear("narrowed", graph.quantized_rows(inner)))


def _head(
    graph: Graph,
    weights: Mapping[str, Floats],
    task: str,
    rows: tuple[str, str],
    calibration: Scaling,
) -> onnx.NodeProto:
    slope, offset = calibration
    dense, out = f"heads.{task}.0", f"heads.{task}.3"
    inner = graph.linear(dense, rows, weights[f"{dense}.weight"], weights[f"{dense}.bias"])
    weight = (weights[f"{out}.weight"] * slope[:, None]).T.astype(np.float32).copy()
    bias = (weights[f"{out}.bias"] * slope + offset).astype(np.float32)
    logits = graph.add(
        "Gemm",
        [
            graph.add("Tanh", [inner]),
            graph.constant(f"{out}.weight", weight),
            graph.constant(f"{out}.bias", bias),
        ],
    )
    if len(offset) == 1:
        return helper.make_node("Sigmoid", [logits], [task])
    return helper.make_node("Softmax", [logits], [task], axis=1)

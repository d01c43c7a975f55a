"""The student as an ONNX graph: calibrated probabilities, and its table in 8 bits a number."""

from collections.abc import Mapping

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from inference.export.graph import OPSET, bare
from inference.export.quiet import quietly
from inference.hashed_words import COLUMNS, ROWS
from inference.train.calibrate import Scaling
from inference.train.students import OUTPUTS

TABLE_MAX = 127


class Calibrated(nn.Module):
    """A student whose outputs are probabilities, in the order of ``OUTPUTS``."""

    def __init__(self, student: nn.Module, scalings: Mapping[str, Scaling]) -> None:
        super().__init__()
        self.student = student
        parts = [scalings[task] for task in OUTPUTS]
        self.slope = nn.Buffer(torch.from_numpy(np.concatenate([part.slope for part in parts])))
        self.offset = nn.Buffer(torch.from_numpy(np.concatenate([part.offset for part in parts])))

    def forward(self, rows: Tensor, present: Tensor) -> tuple[Tensor, ...]:
        """One tensor a task, ``[texts, outputs]``."""
        logits = self.student(rows, present) * self.slope + self.offset
        return tuple(
            part.sigmoid() if part.shape[1] == 1 else part.softmax(dim=1)
            for part in logits.split(list(OUTPUTS.values()), dim=1)
        )


def export(
    student: nn.Module, scalings: Mapping[str, Scaling], *, name: str, version: str
) -> bytes:
    """``rows [texts, words, COLUMNS]`` and ``present [texts, words]`` to each task's output."""
    example = (torch.ones((2, 8, COLUMNS), dtype=torch.int32), torch.ones((2, 8)))
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    with quietly():
        program = torch.onnx.export(
            Calibrated(student, scalings).eval(),
            example,
            input_names=["rows", "present"],
            output_names=list(OUTPUTS),
            dynamic_shapes=(axes, axes),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:  # only without dynamo
        raise AssertionError
    model = bare(program.model_proto)
    _shrink_tables(model)
    helper.set_model_props(model, {"name": name, "version": version})
    payload: bytes = model.SerializeToString(deterministic=True)
    return payload


def _shrink_tables(model: onnx.ModelProto) -> None:
    """Store each table as whole numbers and a scale a row; onnxruntime undoes it as it loads."""
    graph = model.graph
    for tensor in list(graph.initializer):
        if tensor.dims[:1] != [ROWS]:
            continue
        table = numpy_helper.to_array(tensor)
        scales = np.maximum(np.abs(table).max(axis=1) / TABLE_MAX, 1e-12).astype(np.float32)
        whole = np.round(table / scales[:, None]).astype(np.int8)
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(whole, f"{tensor.name}.whole"))
        graph.initializer.append(numpy_helper.from_array(scales[:, None], f"{tensor.name}.scales"))
        as_floats = f"{tensor.name}.floats"
        nodes = (
            helper.make_node("Cast", [f"{tensor.name}.whole"], [as_floats], to=TensorProto.FLOAT),
            helper.make_node("Mul", [as_floats, f"{tensor.name}.scales"], [tensor.name]),
        )
        for node in reversed(nodes):
            graph.node.insert(0, node)

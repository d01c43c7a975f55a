"""A PyTorch classifier as an ONNX graph: token ids to logits, any number and length of texts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from contracts.errors import InputError
from inference.export.manifest import LOGITS
from inference.export.quiet import quietly

if TYPE_CHECKING:
    from onnx import ModelProto

# Of this version every operator has a kernel for the processor and for CUDA.
OPSET = 20
MAX_BYTES = 2**31 - 2**24
EXAMPLE = (2, 7)


def export_graph(network: Any, inputs: Sequence[str], max_tokens: int) -> "ModelProto":
    """The graph of a network, in the precision of its weights.

    :param network: a ``PreTrainedModel``, left as it is but for its attention, which is set to the
        plain form: it has no special cases for fully masked rows and so runs faster as ONNX.
    :param inputs: names of its arguments, each ``[batch, length]``.
    :param max_tokens: greatest length.
    :raises InputError: PyTorch cannot export it, or it does not fit into one ONNX file.
    """
    import torch

    size = sum(each.numel() * each.element_size() for each in network.parameters())
    if size > MAX_BYTES:
        raise InputError(
            f"{type(network).__name__} has {size / 1e9:.1f} GB of weights, over ONNX's 2 GB a file",
            "choose a smaller model",
        )
    network.set_attn_implementation("eager")
    # A tensor for each: one that serves two arguments would make one input of them.
    examples = {name: torch.ones(EXAMPLE, dtype=torch.int64) for name in inputs}
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=max_tokens)}
    try:
        with quietly():
            program = torch.onnx.export(
                network.eval(),
                (),
                kwargs=examples,
                input_names=list(inputs),
                output_names=[LOGITS],
                dynamic_shapes=dict.fromkeys(inputs, axes),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"PyTorch {torch.__version__} cannot export {type(network).__name__}: {reason}",
            "choose a BERT-, RoBERTa- or DistilBERT-like classifier",
        ) from error
    if program is None:  # only without dynamo
        raise AssertionError
    return bare(program.model_proto)


def bare(graph: "ModelProto") -> "ModelProto":
    """The graph without its maker's notes, which name this machine's files."""
    graph.producer_name, graph.producer_version = "groundswell", ""
    graph.doc_string = graph.graph.doc_string = ""
    for part in (graph, graph.graph):
        part.ClearField("metadata_props")
    for node in graph.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in (*graph.graph.initializer, *graph.graph.input, *graph.graph.output):
        value.ClearField("metadata_props")
    graph.graph.ClearField("value_info")
    return graph

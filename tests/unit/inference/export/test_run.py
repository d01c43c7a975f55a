import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import pytest

from contracts.errors import InputError
from inference.export import parity
from inference.export.graph import MAX_BYTES
from inference.export.manifest import Manifest, Precision, read_manifest
from inference.export.parity import LIMITS, compare
from inference.export.quiet import quietly
from inference.export.run import run
from inference.export.served import ExportedModel, load_exported, load_tokenizer
from inference.export.source import load_classifier
from inference.export.texts import posts, varied
from inference.providers import open_session
from tests.unit.inference.export.classifiers import POSITIONS, save_bert, save_distilbert
from tests.unit.inference.export.conftest import TASKS, Export, Models

NAMES = ["roberta-fp32", "distilbert-fp32", "bert-fp32", "roberta-fp16", "roberta-int8"]


@pytest.mark.parametrize("name", [*NAMES, "distilbert-int8"])
def test_onnx_answers_as_pytorch_does(exports: Models, name: str) -> None:
    manifest = read_manifest(exports[name])
    assert manifest.parity is not None
    assert manifest.parity.texts == 64
    assert manifest.parity.largest_difference <= LIMITS[manifest.precision]
    assert manifest.parity.same_class_share > 0.9
    assert manifest.speed is not None
    assert manifest.speed.ratio > 0


def test_single_precision_differs_by_rounding_only(exports: Models) -> None:
    for name in NAMES[:3]:
        figures = read_manifest(exports[name]).parity
        assert figures is not None
        assert figures.largest_difference < 1e-5
        assert figures.same_class_share == 1


def test_the_manifest_says_what_is_needed_to_serve(exports: Models, models: Models) -> None:
    manifest = read_manifest(exports["bert-fp32"])
    assert manifest.name == "bert"
    assert manifest.source.model == str(models["bert"].resolve())
    assert manifest.source.architecture == "BertForSequenceClassification"
    assert manifest.labels == {"non-toxic": "none", "toxic": "toxicity"}
    assert manifest.max_tokens == 48
    assert manifest.inputs == ["input_ids", "attention_mask", "token_type_ids"]
    assert set(manifest.libraries) >= {"torch", "transformers", "onnx", "onnxruntime"}


def test_positions_after_the_padding_limit_a_roberta_that_names_no_limit(exports: Models) -> None:
    manifest = read_manifest(exports["roberta-fp32"])
    assert (manifest.max_tokens, manifest.padding_id) == (POSITIONS, 1)
    assert manifest.inputs == ["input_ids", "attention_mask"]


def test_the_version_tells_exports_apart(exports: Models) -> None:
    versions = {name: read_manifest(folder).version for name, folder in exports.items()}
    assert len(set(versions.values())) == len(versions)


def test_exporting_again_replaces_the_same_files(
    exports: Models, models: Models, export: Export
) -> None:
    folder = exports["roberta-fp32"]
    before = read_manifest(folder)
    (folder / "model.onnx").write_bytes(b"damaged")
    after = export(models["roberta"], "sentiment", folder)
    assert after.version == before.version
    assert read_manifest(folder).sha256 == before.sha256
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "model.onnx",
        "tokenizer.json",
    ]


def test_the_graph_takes_any_number_and_length_of_texts_and_names_no_files(
    exports: Models,
) -> None:
    path = exports["roberta-fp32"] / "model.onnx"
    graph = onnx.load(path).graph
    for each in graph.input:
        sizes = [axis.dim_param for axis in each.type.tensor_type.shape.dim]
        assert sizes == ["batch", "length"]
    assert [output.name for output in graph.output] == ["logits"]
    assert b"site-packages" not in path.read_bytes()
    assert b".py" not in path.read_bytes()


@pytest.mark.parametrize(("precision", "most"), [("fp16", 0.65), ("int8", 0.55)])
def test_smaller_precisions_make_smaller_files(
    exports: Models, precision: str, most: float
) -> None:
    def size(name: str) -> int:
        return (exports[f"roberta-{name}"] / "model.onnx").stat().st_size

    assert size(precision) < most * size("fp32")


def test_in_int8_all_that_layers_multiply_with_is_whole(exports: Models) -> None:
    graph = onnx.load(exports["distilbert-int8"] / "model.onnx").graph
    weights = {each.name: each for each in graph.initializer}
    kinds = {
        node.op_type: weights[name].data_type
        for node in graph.node
        for name in node.input
        if name in weights and node.op_type in {"MatMul", "Cast", "Gather"}
    }
    assert "MatMul" not in kinds
    assert kinds["Cast"] == onnx.TensorProto.INT8
    activations = {"DynamicQuantizeLinear", "QuantizeLinear", "MatMulInteger"}
    assert not activations & {node.op_type for node in graph.node}


def test_what_differs_too_much_is_refused_unless_forced(
    models: Models, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(parity.LIMITS, "int8", 1e-9)
    folder = tmp_path / "new"
    with pytest.raises(InputError, match=r"in int8 a probability differs.*1e-09; .*--force"):
        export(models["roberta"], "sentiment", folder, "int8")
    assert not folder.exists()
    export(models["roberta"], "sentiment", folder, "int8", force=True)
    assert read_manifest(folder).parity is not None


def test_answers_that_are_no_numbers_are_refused(exports: Models, models: Models) -> None:
    served = load_exported(exports["roberta-fp32"])
    classifier = load_classifier(str(models["roberta"]))
    graph = onnx.load(exports["roberta-fp32"] / "model.onnx")
    (bias,) = (each for each in graph.graph.initializer if list(each.dims) == [3])
    bias.CopyFrom(onnx.numpy_helper.from_array(np.full(3, np.nan, np.float32), bias.name))
    tokenizer = load_tokenizer(exports["roberta-fp32"] / "tokenizer.json")
    overflowed = ExportedModel(
        served.manifest, open_session(graph.SerializeToString(), provider="cpu"), tokenizer
    )
    with pytest.raises(InputError, match="in fp32 answers what is no number; use --precision fp32"):
        compare(classifier, overflowed, ["so good"])
    classifier.network.classifier.out_proj.bias.data.fill_(float("nan"))
    with pytest.raises(InputError, match="what is no number; choose another model"):
        compare(classifier, served, ["so good"])


def test_labels_that_the_user_gives_are_used(
    models: Models, export: Export, tmp_path: Path
) -> None:
    given = {"negative": "positive", "positive": "negative"}
    export(models["roberta"], "sentiment", tmp_path / "new", labels=given)
    assert list(read_manifest(tmp_path / "new").labels.values()) == [
        "positive",
        "neutral",
        "negative",
    ]


def test_progress_is_told_in_lines(models: Models, tmp_path: Path) -> None:
    said: list[str] = []
    run(
        str(models["roberta"]),
        "sentiment",
        tmp_path / "new",
        precision="fp32",
        labels=None,
        force=False,
        say=said.append,
    )
    text = "\n".join(said)
    assert "differs from PyTorch by at most" in text
    assert "messages/s" in text
    assert said[-1].startswith("wrote roberta ")


def test_a_folder_with_other_files_is_left_alone(
    models: Models, export: Export, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files; choose an empty"):
        export(models["roberta"], "sentiment", tmp_path)
    with pytest.raises(InputError, match="cannot be written to"):
        export(models["roberta"], "sentiment", tmp_path / "notes.txt")


def remove(*names: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def write(name: str, content: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(content)

    return change


def configure(**values: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_bytes(msgspec.json.encode({**msgspec.json.decode(path.read_bytes()), **values}))

    return change


def forget_head(folder: Path) -> None:
    """As a language model that was never trained to classify."""
    with quietly():
        load_classifier(str(folder)).network.roberta.save_pretrained(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove("config.json"), r"has no config\.json; give a folder that save_pretrained wrote"),
        (remove("vocab.json", "merges.txt"), r"has no tokenizer \(tokenizer\.json, "),
        (remove("model.safetensors"), r"cannot be loaded: .*no file named model\.safetensors"),
        (write("config.json", "{"), "cannot be loaded: .*not a valid JSON"),
        (write("config.json", "{}"), "cannot be loaded: Unrecognized model"),
        (configure(model_type="nothing"), "cannot be loaded: .*nothing"),
        (write("model.safetensors", "xx"), "cannot be loaded: .*header"),
        (write("vocab.json", "{}"), "tokenizer"),
        (forget_head, r"is no trained classifier: 4 weights, such as classifier\.dense\.bias"),
        (configure(num_hidden_layers=3), "is no trained classifier: 16 weights"),
        (configure(problem_type="regression"), "is a regression"),
        (configure(problem_type="multi_label_classification"), "judges each of its labels by"),
        (configure(id2label={"0": "negative", "5": "positive"}), "does not number its labels"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_clear_error(
    models: Models, export: Export, tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    model = Path(shutil.copytree(models["roberta"], tmp_path / "model"))
    change(model)
    with pytest.raises(InputError, match=message) as refusal:
        export(model, "sentiment", tmp_path / "new")
    assert "model" in refusal.value.what
    assert refusal.value.remedy
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "new").exists()


def test_a_hub_that_cannot_be_reached_is_one_clear_error(export: Export, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no-such/model cannot be loaded.*connection to the hub"):
        export("no-such/model", "sentiment", tmp_path / "new")
    with pytest.raises(InputError, match=r"there is no folder \./nowhere"):
        export("./nowhere", "sentiment", tmp_path / "new")


def test_unknown_tasks_and_precisions_are_refused_first(export: Export, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no task 'mood'"):
        export("no-such/model", "mood", tmp_path / "new")
    unknown: Any = "fp8"
    precision: Precision = unknown
    with pytest.raises(InputError, match=r"no precision 'fp8'; use --precision fp32\|fp16\|int8"):
        export("no-such/model", "sentiment", tmp_path / "new", precision)


def test_a_tokenizer_of_another_network_is_refused(export: Export, tmp_path: Path) -> None:
    model = save_bert(tmp_path / "model", ["non-toxic", "toxic"])
    tokens = msgspec.json.decode((model / "tokenizer.json").read_bytes())
    size = len(tokens["model"]["vocab"])
    tokens["model"]["vocab"] |= {f"more{number}": size + number for number in range(9)}
    (model / "tokenizer.json").write_bytes(msgspec.json.encode(tokens))
    with pytest.raises(InputError, match="more tokens than its network"):
        export(model, TASKS["bert"], tmp_path / "new")


def test_a_tokenizer_may_make_more_than_the_network_takes(tmp_path: Path) -> None:
    model = save_distilbert(tmp_path / "model", ["non-toxic", "toxic"])
    config = model / "tokenizer_config.json"
    config.write_text(config.read_text().replace("DistilBertTokenizer", "BertTokenizer"))
    classifier = load_classifier(str(model))
    assert classifier.inputs == ("input_ids", "attention_mask")
    assert set(classifier.tokenizer("so good")) == {"input_ids", "attention_mask"}


def test_the_texts_are_many_and_distinct() -> None:
    assert len(set(varied())) == 64
    assert len(posts()) == 48
    assert MAX_BYTES < 2**31


def test_a_manifest_survives_being_written(exports: Models) -> None:
    manifest = read_manifest(exports["bert-fp32"])
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest

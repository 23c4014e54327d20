"""The trained network as int8 ONNX in a sentence-transformers folder, with its hash and its card."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "index.onnx_module.OnnxEmbedder"},
]


class _Pooled(torch.nn.Module):
    """Mean of the token vectors, of unit length: what the whole model returns."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


def export(network: Any, tokenizer: Any, folder: Path, *, facts: dict[str, Any]) -> str:  # noqa: ANN401 - transformers' classes
    """Write the model into `folder`; returns the hash of its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "float.onnx"
        _to_onnx(network, plain)
        _quantise(plain, folder / "model.onnx")
    (folder / "tokenizer.json").write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
    (folder / "modules.json").write_text(json.dumps(MODULES, indent=1), encoding="utf-8")
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"}, indent=1),
        encoding="utf-8",
    )
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    (folder / "facts.json").write_text(
        json.dumps({**facts, "sha256": digest}, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return digest


def _to_onnx(network: Any, path: Path) -> None:  # noqa: ANN401 - transformers' classes
    ids = torch.ones((2, 8), dtype=torch.int64)
    with warnings.catch_warnings():
        # The tracing exporter warns of its age and of constants it folds; the newer one needs one more library.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Pooled(network),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["sentence_embedding"],
            dynamic_axes={
                "input_ids": {0: "texts", 1: "tokens"},
                "attention_mask": {0: "texts", 1: "tokens"},
                "sentence_embedding": {0: "texts"},
            },
            opset_version=17,
            dynamo=False,
        )


def _quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(source), str(target), weight_type=QuantType.QInt8, per_channel=True)

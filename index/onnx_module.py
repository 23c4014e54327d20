"""The embedding network as int8 ONNX, as a sentence-transformers module: tokens in, one unit vector a text out.

sentence-transformers' own ONNX backend needs a further library that holds transformers back a major version; the
network is one call, so one small module serves it. `modules.json` in the model folder names this class.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from sentence_transformers.base.modules import InputModule
from tokenizers import Tokenizer

MAX_TOKENS = 192  # a story of 150 words; the network was trained on shorter texts and bears it
FILE = "model.onnx"
TOKENIZER = "tokenizer.json"


class OnnxEmbedder(InputModule):  # type: ignore[misc]  # the base class is untyped here
    """Runs `model.onnx` beside its `tokenizer.json`. One thread a call: questions come in parallel, not in bulk."""

    save_in_root = True
    config_keys: list[str] = []

    def __init__(self, folder: str | Path) -> None:
        super().__init__()
        self.folder = Path(folder)
        self.tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.enable_padding(pad_id=self.tokenizer.token_to_id("<pad>"), pad_token="<pad>")  # noqa: S106
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(self.folder / FILE), options)
        self._dimension = int(self._session.get_outputs()[0].shape[-1])

    def preprocess(self, inputs: list[str], prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - the base class's signature
        return self.tokenize(inputs)

    def tokenize(self, texts: list[str], **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - the base class's signature
        encoded = self.tokenizer.encode_batch(list(texts))
        ids = torch.tensor([one.ids for one in encoded], dtype=torch.int64)
        mask = torch.tensor([one.attention_mask for one in encoded], dtype=torch.int64)
        return {"input_ids": ids, "attention_mask": mask}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - the base class's signature
        feed = {name: features[name].numpy() for name in ("input_ids", "attention_mask")}
        vectors = self._session.run(None, feed)[0]
        features["sentence_embedding"] = torch.from_numpy(np.asarray(vectors))
        return features

    def get_embedding_dimension(self) -> int:
        return self._dimension

    def get_sentence_embedding_dimension(self) -> int:
        return self._dimension

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the base class's signature
        for name in (FILE, TOKENIZER):
            (Path(output_path) / name).write_bytes((self.folder / name).read_bytes())

    @classmethod
    def load(cls, model_name_or_path: str, **kwargs: Any) -> OnnxEmbedder:  # noqa: ANN401 - the base class's signature
        return cls(model_name_or_path)

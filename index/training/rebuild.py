"""The published weights as an ordinary sentence-transformers model, its vocabulary cut to what our text uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from index.training.weights import Published

LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}


def tokenizer_of(pieces: list[tuple[str, float]], special: dict[str, int]) -> Tokenizer:
    """A unigram tokenizer over `pieces`, lower-casing: Vietnamese questions lose nothing by it."""
    made = Tokenizer(models.Unigram(pieces, unk_id=special["unk"], byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    bos, eos = pieces[special["bos"]][0], pieces[special["eos"]][0]
    made.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}", special_tokens=[(bos, special["bos"]), (eos, special["eos"])]
    )
    return made


def kept_pieces(published: Published, texts: Iterable[str]) -> list[int]:
    """Ids of the pieces to keep: the special ones, every single character used, and every piece `texts` need."""
    full = tokenizer_of(published.pieces, published.special)
    batch = list(texts)
    used = {int(i) for encoding in full.encode_batch(batch) for i in encoding.ids}
    characters = {c for text in batch for c in text.lower()} | {
        f"▁{c}" for text in batch for c in text.lower()
    }
    used |= {i for i, (piece, _) in enumerate(published.pieces) if piece in characters or piece == "▁"}
    used |= set(published.special.values())
    return sorted(used)


def rebuild(published: Published, keep: list[int]) -> tuple[BertModel, PreTrainedTokenizerFast]:
    """A BertModel with the kept rows of the word embeddings, and its tokenizer."""
    place = {old: new for new, old in enumerate(keep)}
    special = {name: place[i] for name, i in published.special.items()}
    pieces = [published.pieces[i] for i in keep]
    model = BertModel(_config(published, len(keep), special["pad"]), add_pooling_layer=False)
    missing = model.load_state_dict(_state(published, keep), strict=False)
    if missing.unexpected_keys or any("position_ids" not in key for key in missing.missing_keys):
        raise ValueError(f"the weights do not fit: {missing}")
    named: dict[str, Any] = {f"{n}_token": pieces[i][0] for n, i in special.items()}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer_of(pieces, special), cls_token=named["bos_token"], sep_token=named["eos_token"],
        model_max_length=512, **named,
    )  # fmt: skip
    model.train(False)
    return model, tokenizer


def _config(published: Published, vocabulary: int, pad: int) -> BertConfig:
    sizes = published.sizes
    return BertConfig(
        vocab_size=vocabulary, hidden_size=sizes["hidden"], num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"], intermediate_size=sizes["inner"],
        max_position_embeddings=sizes["positions"], type_vocab_size=sizes["types"],
        layer_norm_eps=published.epsilon, pad_token_id=pad,
    )  # fmt: skip


def _state(published: Published, keep: list[int]) -> dict[str, torch.Tensor]:
    tensors, hidden = published.tensors, published.sizes["hidden"]
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden)[keep],
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(published.sizes["layers"]):
        for short, name in LAYER.items():
            bias = tensors[f"l{layer}.{short}.b"]
            weight = tensors[f"l{layer}.{short}.w"]
            shaped = weight if short.endswith("ln") else weight.reshape(len(bias), -1)
            state[f"encoder.layer.{layer}.{name}.weight"] = shaped
            state[f"encoder.layer.{layer}.{name}.bias"] = bias
    return {name: torch.from_numpy(np.array(value)) for name, value in state.items()}

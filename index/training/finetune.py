"""Contrastive fine-tuning: a question near its own procedure, far from the others of its batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional

from index.training.pairs import Pair

TEMPERATURE = 0.05
MAX_QUESTION = 40  # tokens: stories are long
MAX_DOCUMENT = 36
FROZEN_LAYERS = 4
Progress = Callable[[int, float], None]


def embed(model: Any, tokenizer: Any, texts: Sequence[str], limit: int) -> torch.Tensor:  # noqa: ANN401 - transformers
    batch = tokenizer(list(texts), padding=True, truncation=True, max_length=limit, return_tensors="pt")
    hidden = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    return functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)


def loss_of(queries: torch.Tensor, documents: torch.Tensor, codes: Sequence[str]) -> torch.Tensor:
    """Both ways; another pair of the same procedure is no negative."""
    scores = queries @ documents.T / TEMPERATURE
    same = torch.tensor([[a == b and i != j for j, b in enumerate(codes)] for i, a in enumerate(codes)])
    scores = scores.masked_fill(same, float("-inf"))
    right = torch.arange(len(codes))
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2


def finetune(
    model: Any,  # noqa: ANN401 - transformers' own classes
    tokenizer: Any,  # noqa: ANN401
    batches: Sequence[Sequence[Pair]],
    *,
    rate: float = 1.2e-4,
    seed: int = 7,
    progress: Progress = lambda step, loss: None,
) -> None:
    """Train `model` in place. Word embeddings and the lowest layers stay: they know the language already."""
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        lowest = any(f"encoder.layer.{i}." in name for i in range(FROZEN_LAYERS))
        parameter.requires_grad = not (lowest or "embeddings" in name)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01)
    warm = max(1, len(batches) // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.05, (len(batches) - step) / len(batches)))
    )
    model.train()
    for step, batch in enumerate(batches):
        queries = embed(model, tokenizer, [pair.query for pair in batch], MAX_QUESTION)
        documents = embed(model, tokenizer, [pair.document for pair in batch], MAX_DOCUMENT)
        loss = loss_of(queries, documents, [pair.code for pair in batch])
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        schedule.step()
        progress(step, float(loss.detach()))
    model.eval()

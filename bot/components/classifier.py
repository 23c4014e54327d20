"""The dialogue-act classifier as a part of Rasa's graph: the same model that the app uses when Rasa is down."""

from __future__ import annotations

from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge.text.acts import MIN_CONFIDENCE, SAFE_ACT, ActClassifier, sources_digest

_FILE = "acts.joblib"
_RANKED = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DialogueActClassifier(IntentClassifier, GraphComponent):
    """TF-IDF and logistic regression in process: a message costs about 2 ms and waits for nothing."""

    def __init__(
        self,
        config: dict[str, Any],
        *,
        storage: ModelStorage,
        resource: Resource,
        model: ActClassifier | None = None,
    ) -> None:
        self.config, self.storage, self.resource, self.model = config, storage, resource, model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # Below this share the message is taken for a question (knowledge.text.acts).
        return {"min_confidence": MIN_CONFIDENCE}

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn", "joblib"]  # each is imported, here or by the model

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Rasa sees this class only; the model's own sources must be noticed too."""
        return sources_digest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DialogueActClassifier:
        return cls(config, storage=model_storage, resource=resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: object,
    ) -> DialogueActClassifier:
        with model_storage.read_from(resource) as folder:
            model = joblib.load(folder / _FILE)
        return cls(config, storage=model_storage, resource=resource, model=model)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            (example.get("text"), example.get("intent"))
            for example in training_data.intent_examples
            if example.get("text") and example.get("intent")
        ]
        self.model = ActClassifier.fit(examples, min_confidence=float(self.config["min_confidence"]))
        with self.storage.write_to(self.resource) as folder:
            joblib.dump(self.model, folder / _FILE)
        return self.resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        # Nothing later in the graph reads predictions on the examples.
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        text = message.get("text") or ""
        ranking = self.model.ranking(text) if self.model else [(SAFE_ACT, 0.0)]
        act, share = self.model.decide(text, ranking) if self.model else ranking[0]
        message.set("intent", {"name": act, "confidence": share}, add_to_output=True)
        ranked = [{"name": name, "confidence": value} for name, value in ranking[:_RANKED]]
        message.set("intent_ranking", ranked, add_to_output=True)

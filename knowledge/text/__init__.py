"""Vietnamese text, light enough to run inside Rasa: no pydantic, no index, nothing of ours above it."""

"""Making the embedding model: read the published weights, prune the vocabulary, fine-tune, quantise.

Nothing here runs when the assistant serves. `motcua train embedding` runs it; the result is `index/model/`.
"""

"""Fetching what is published, by agreement with whoever publishes it. Never on the way to an answer."""

"""Replies in plain words, made from the fields of a record and nothing else."""

"""Procedures written out in a decision or a handbook: labels, blocks, and one reading for each kind of section."""

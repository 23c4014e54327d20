"""The content desk: what was read with doubt, side by side with its source, corrected and signed by people."""

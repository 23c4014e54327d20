"""The officers' console: what its JSON API reads and does. The page itself is web/console."""

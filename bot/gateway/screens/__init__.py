"""What screens in offices show and do: kiosks and boards."""

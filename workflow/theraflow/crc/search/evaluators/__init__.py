"""What simulates therapies for a search: COPASI, or the compiled model."""

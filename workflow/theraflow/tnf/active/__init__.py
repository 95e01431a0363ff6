"""Active learning: simulations are added where networks that learned from the others disagree."""

"""Figures: one style, and one file per study."""

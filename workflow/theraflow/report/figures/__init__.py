"""Figures: one style, and one folder per study."""

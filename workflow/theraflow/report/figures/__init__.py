"""Figures: one style, and one room per study."""

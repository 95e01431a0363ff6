"""Algorithms compared over patients."""

"""Engines against references and against each other."""

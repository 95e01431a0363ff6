"""COPASI's own search: its methods in its own loop, recorded as every other search."""

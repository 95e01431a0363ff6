"""Figures of the TNF study: one file per kind, one function per figure of the catalogue."""

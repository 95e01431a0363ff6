"""Figures of the CRC study: one file per kind, one function per figure of the catalogue."""

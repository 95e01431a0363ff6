"""PhysiBoSS, the original program, as an engine: run as it is, one private folder each time."""

"""Everything that can simulate a spheroid, behind one interface."""

"""Looking at tumours: snapshots of simulations, as tables and for the tools of PhysiCell."""

"""The model of the TNF spheroid: constants, Boolean network, time steps."""

"""Expressions as machine code: eight lanes, one Rosenbrock step, the loop around it."""

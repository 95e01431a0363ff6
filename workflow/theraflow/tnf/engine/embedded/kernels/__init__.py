"""How kernels are compiled, and the records of numbers that they take."""

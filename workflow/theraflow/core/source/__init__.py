"""Python source: what its code does as text, what it imports, and what was read of it before."""

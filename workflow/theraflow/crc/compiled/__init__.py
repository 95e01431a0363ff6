"""The therapy problem compiled to machine code: a hundred times faster than COPASI."""

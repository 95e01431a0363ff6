"""Every figure of the studies, told without drawing it."""

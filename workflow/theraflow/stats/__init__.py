"""Statistics that both studies use; they know of no study."""

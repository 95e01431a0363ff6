"""How far a campaign is: read from its files and the scheduler, without changing either."""

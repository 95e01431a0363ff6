"""What must hold before a campaign submits jobs to a cluster."""

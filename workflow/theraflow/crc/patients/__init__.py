"""Virtual patients: sampled, grown, selected."""

"""Section ``tnf`` of the config, one file per part."""

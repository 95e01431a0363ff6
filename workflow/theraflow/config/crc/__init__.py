"""Section ``crc`` of the config, one file per part."""

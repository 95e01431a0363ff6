"""Results in forms that other programs and archives take."""

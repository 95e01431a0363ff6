"""The parts of the page to play with: what data they get, and the scripts that read it."""

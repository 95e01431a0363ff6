"""In-silico cancer therapy design on clusters."""

__version__ = "0.1.0"

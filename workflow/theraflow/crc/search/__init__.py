"""Searches for a patient's best therapy by COPASI's algorithms."""

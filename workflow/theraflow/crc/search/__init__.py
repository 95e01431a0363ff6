"""Searches for a patient's best therapy by the methods of the search layer and by COPASI's own."""

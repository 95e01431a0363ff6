"""Therapies: the template, safety, objective, the search problem."""

"""Algorithms compared over patients: best therapies, courses, responses, budgets, pairs."""

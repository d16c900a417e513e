"""Mutants of the circuits' templates, and checks that must kill them."""

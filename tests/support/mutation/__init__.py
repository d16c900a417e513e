"""Mutants of the circuits' templates, and the checks that have to kill them."""

"""A whole market deployed on a chain, and a deployed one checked."""

"""Constraint systems as plain algebra over GF(r), independent of snarkjs and of the native core."""

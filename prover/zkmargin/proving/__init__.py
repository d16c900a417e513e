"""Circuits, witnesses, keys, proofs: Groth16 over BN254 for any Circom circuit.

Nothing in here knows about margin.
"""

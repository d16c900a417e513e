"""Circuits, witnesses, keys and proofs: Groth16 over BN254 for any circom circuit.

This package knows neither margin nor chains.
"""

"""Zero-knowledge margin proofs for derivatives accounts."""

__version__ = "0.1.0"

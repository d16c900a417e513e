"""Typed clients of this project's contracts. They need the extra ``chain``."""

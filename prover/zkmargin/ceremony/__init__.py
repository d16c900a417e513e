"""Ceremonies for phase 2: several parties contribute to the keys of several circuits, and everybody verifies them.

The keys are snarkjs's files, so contributions by snarkjs count too. The group arithmetic is the native core's.
"""

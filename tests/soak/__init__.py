"""Faults under load: real processes, people at their browsers, and what must be true afterwards."""

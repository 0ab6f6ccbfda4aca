"""Kernels of our own, announced for a later edition."""

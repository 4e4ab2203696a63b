"""Builds everything, decides nothing; imported by none."""

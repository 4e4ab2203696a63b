"""Vertical slices over the engines. None knows another."""

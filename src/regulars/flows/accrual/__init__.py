"""Accrual: a batch of events becomes points, tiers and effects, in one transaction."""

"""Tiers: any number of sets of tiers per program, each moved by points, spend, purchases or any event.

Owns the tables tiers.tier_set (versions of the document) and tiers.standing (history). The standing in force
lives in the state of the member's purse; `assess` computes it, purely.
"""

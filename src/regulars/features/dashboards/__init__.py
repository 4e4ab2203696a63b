"""Dashboards: which reports a person looks at, how they are shown and where they stand; a person's own, or shared.

Tables owned: schema `dashboards`. What the widgets show is read from the reports themselves.
"""

from regulars.features.dashboards.api import router

__all__ = ["router"]

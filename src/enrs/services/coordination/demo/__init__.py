"""Invented requests and cases of the desks of a demo region: every state, late ones, alerts, plans, grids."""

from enrs.services.coordination.demo.region import fill

__all__ = ["fill"]

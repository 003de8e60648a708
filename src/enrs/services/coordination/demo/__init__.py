"""Invented requests and cases of the desks of a demo region: every state, late ones, alerts, plans, grids."""

from enrs.services.coordination.demo.region import Wish, desk_team, fill

__all__ = ["Wish", "desk_team", "fill"]

"""Support of complex situations: requests, cases, plan, assessment."""

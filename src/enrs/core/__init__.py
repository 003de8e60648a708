"""Engines that know no service."""

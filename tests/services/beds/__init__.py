"""Tests of bed availability."""

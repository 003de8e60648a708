"""Watching people at home: protocols as data, readings, thresholds, alerts that reach somebody."""

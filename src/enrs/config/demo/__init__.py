"""The demo region: deterministic, invented people, places and clinical stories, without Django."""

"""The decisions of home monitoring: what a protocol says, its rhythm, its thresholds (pure)."""

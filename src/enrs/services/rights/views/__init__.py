"""Pages of the desk of rights."""

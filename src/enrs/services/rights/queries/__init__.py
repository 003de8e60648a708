"""Reading what waits on the desk of rights."""

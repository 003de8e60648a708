"""Reading what the portal keeps."""

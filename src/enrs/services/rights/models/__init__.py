"""What the desk of rights keeps."""

from enrs.services.rights.models.glasses import Glass, GlassAct

__all__ = ["Glass", "GlassAct"]

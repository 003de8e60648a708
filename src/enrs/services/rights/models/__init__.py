"""What the desk of rights keeps."""

from enrs.services.rights.models.glasses import Glass, GlassAct
from enrs.services.rights.models.requests import RequestAct, RightsRequest

__all__ = ["Glass", "GlassAct", "RequestAct", "RightsRequest"]

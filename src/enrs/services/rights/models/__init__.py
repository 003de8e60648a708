"""What the desk of rights keeps."""

from enrs.services.rights.models.copies import CopyPiece, DataCopy
from enrs.services.rights.models.glasses import Glass, GlassAct
from enrs.services.rights.models.requests import RequestAct, RightsRequest

__all__ = ["CopyPiece", "DataCopy", "Glass", "GlassAct", "RequestAct", "RightsRequest"]

"""What the desk of rights keeps."""

from enrs.services.rights.models.copies import CopyPiece, DataCopy
from enrs.services.rights.models.glasses import Glass, GlassAct
from enrs.services.rights.models.requests import RequestAct, RightsRequest
from enrs.services.rights.models.restrictions import Restriction
from enrs.services.rights.models.retention import Approval, Elimination, Retention, Sweep
from enrs.services.rights.models.reviews import AccessReview, AccessReviewAct

__all__ = [
    "AccessReview",
    "AccessReviewAct",
    "Approval",
    "CopyPiece",
    "DataCopy",
    "Elimination",
    "Glass",
    "GlassAct",
    "RequestAct",
    "Restriction",
    "Retention",
    "RightsRequest",
    "Sweep",
]

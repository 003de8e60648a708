"""Documents: encrypted content-addressed blobs, XDS/MHD metadata, versions."""

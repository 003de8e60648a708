"""Reading beds: who may, the units of a site, the region, the cell."""

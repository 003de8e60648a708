"""LISA: the return home prepared from the hospital. A week of visits, agencies that answer, gaps that are seen."""

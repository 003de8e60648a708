"""Pages of access: the matrix of professions, the exploitation's sessions."""

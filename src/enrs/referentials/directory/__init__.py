"""The region's professionals and structures, kept in step with the national public files."""

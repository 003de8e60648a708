"""What the service knows without the database: words, the week, its gaps."""

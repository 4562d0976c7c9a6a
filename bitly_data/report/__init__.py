"""What a user takes away: picture files and tables."""

"""The embedding kit: what a user takes home besides the files of `exports/`."""

"""Charts of results: one file for each kind, one SVG file from each call. Computes nothing but where things go."""

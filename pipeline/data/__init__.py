"""Images and labels: where the bytes come from, how the files are read, and how they are split."""

"""What a user takes away: the contract of every file, its JSON Schema, expected outputs, the model card."""

import hypothesis

# Shared machines pause at will: a slow example is no failure.
hypothesis.settings.register_profile("shared", deadline=None, derandomize=True)
hypothesis.settings.load_profile("shared")

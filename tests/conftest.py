import hypothesis
import pytest

# Shared machines pause at will: a slow example is no failure.
hypothesis.settings.register_profile("shared", deadline=None, derandomize=True)
hypothesis.settings.load_profile("shared")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """With several workers, tests that share a build or an engine go to the same one."""
    for item in items:
        group = "build" if "quick_build" in item.fixturenames else item.path.name
        item.add_marker(pytest.mark.xdist_group(group))

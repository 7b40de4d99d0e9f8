"""The page's words: each language says the same."""

import json
import subprocess

from pipeline.config import PROJECT_ROOT
from pipeline.node import node_binary


def test_languages_have_the_same_keys_and_names_in_them():
    script = PROJECT_ROOT / "tests" / "web" / "keys.mjs"
    result = subprocess.run([node_binary(), script], capture_output=True, text=True, check=True)
    english, *others = json.loads(result.stdout).values()
    assert len(others) == 1
    assert all(other == english for other in others)

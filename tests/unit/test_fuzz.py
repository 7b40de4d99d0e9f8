import subprocess
import sys

from pipeline.config import PROJECT_ROOT


def test_damaged_pictures_end_in_an_image_or_in_one_line():
    command = [sys.executable, "tests/fuzz/reader.py", "--inputs", "400", "--seed", "0"]
    result = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith("400 inputs")
    assert "'refused': " in result.stdout
    assert "'answered': " in result.stdout

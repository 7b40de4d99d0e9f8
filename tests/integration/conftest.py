import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.config import PROJECT_ROOT

COMMAND = Path(sys.executable).with_name("pipeline")


@dataclass(frozen=True)
class Place:
    """Folders of one build, apart from every other."""

    root: Path
    more_options: tuple[str, ...] = ()

    @property
    def build_dir(self) -> Path:
        return self.root / "build"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def run_dir(self) -> Path:
        return self.build_dir / "runs" / "edge-quick-seed0"

    @property
    def build_command(self) -> list[str]:
        options = ["--profile", "quick", "--build-dir", str(self.build_dir), "--exports", str(self.exports)]
        return [str(COMMAND), "build-all", *options, *self.more_options]

    def build(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.build_command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def place_at():
    """Makes the folders of a build below a given one."""
    return Place


@pytest.fixture
def place(tmp_path):
    """Folders for a build of this test alone."""
    return Place(tmp_path)


@pytest.fixture(scope="session")
def quick_build(tmp_path_factory):
    """A finished build of the profile quick; tests must not change it."""
    place = Place(tmp_path_factory.mktemp("quick"))
    result = place.build()
    assert result.returncode == 0, result.stdout + result.stderr
    return place

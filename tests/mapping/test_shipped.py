"""What is shipped holds: every mapping's own tests and both laws, every example of a connector file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.apply.files import FileLibrary
from hub.checks import check_files
from hub.connectors import compile_for
from hub.mapping.reader import read_yaml
from hub.mapping.schedule_file import read_connector_file

ROOT = Path(__file__).resolve().parents[2]
MAPPINGS = sorted((ROOT / "mappings").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "schedules").glob("*.yaml"))


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_a_shipped_mapping_holds(path: Path) -> None:
    (report,) = check_files([path], "en")
    assert [one for one in report.results if not one.ok] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_of_a_connector_fits_its_mapping(path: Path, tmp_path: Path) -> None:
    file = read_connector_file(read_yaml(path.read_text("utf-8"), path.name))
    assert file.connector == path.stem
    assert file.live_from is None  # an example observes
    mapping = compile_for(file, FileLibrary(tmp_path), "WIB")
    assert mapping.says_flags

"""``hub mapping check`` knows no installation: it makes settings up, and two of them are never one place."""

from pathlib import Path

from hub.checks import check_files

TEXT = """
mapping: cf
settings: {lapor_field: number, nama_field: {as: number, finds: me.id}}
key: id
fields:
  - {complaint: core_tracking_id, system: custom_fields(id=<lapor_field>).value, write: pair}
  - {complaint: reporter.name, system: custom_fields(id=<nama_field>).value, write: pair}
operations:
  me: {get: me}
"""


def test_two_number_settings_pick_two_places(tmp_path: Path) -> None:
    path = tmp_path / "mappings" / "cf.yaml"
    path.parent.mkdir()
    path.write_text(TEXT)
    (report,) = check_files([path], "en")
    assert [one for one in report.results if not one.ok] == []

"""The parts of the page's Python: pinned, checked, and missing without harm."""

import json
import tarfile
import zipfile

import pytest

from tools.live import package, sources


def test_every_part_is_pinned_by_a_hash():
    files = {**sources.pyodide_files(), **sources.editor_files()}
    assert all(len(sha256) == 64 for sha256 in files.values())
    assert "://" not in json.dumps(sources.PINS)


def test_other_bytes_are_refused(tmp_path):
    with pytest.raises(sources.OtherBytes, match="another file than the pinned one"):
        sources.keep(tmp_path, "pyodide.mjs", b"something else", sources.pyodide_files()["pyodide.mjs"])
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_counts_as_missing(tmp_path):
    name, sha256 = next(iter(sources.editor_files().items()))
    (tmp_path / name).write_bytes(b"half of it")
    assert sources.missing(tmp_path, {name: sha256}) == [name]


def test_no_source_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("PYODIDE", str(tmp_path / "nothing"))
    monkeypatch.setattr(sources, "run", lambda command, folder: (_ for _ in ()).throw(sources.NoSource("no network")))
    with pytest.raises(sources.NoSource, match=r"pyodide: .*nothing.*; no network") as caught:
        sources.obtain(tmp_path / "cache")
    assert not isinstance(caught.value, sources.OtherBytes)
    assert "\n" not in str(caught.value)


def test_a_folder_with_other_files_is_not_taken_for_pyodide(tmp_path, monkeypatch):
    monkeypatch.setenv("PYODIDE", str(tmp_path))
    (tmp_path / "pyodide.mjs").write_text("not it")
    with pytest.raises(sources.OtherBytes):
        sources.named_pyodide(tmp_path / "cache")


def test_an_archive_is_read_as_a_folder_is(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("pyodide/pyodide.mjs", "x")
    assert dict(sources.members(tmp_path / "a.zip")) == {"pyodide/pyodide.mjs": b"x"}


def test_the_package_is_the_same_each_time_and_has_no_torch(tmp_path):
    first, second = (package.write(folder) for folder in (tmp_path, tmp_path.parent))
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first, "r:gz") as packed:
        found = {entry.name: packed.extractfile(entry).read() for entry in packed}
    assert found == package.contents()
    assert not [
        name for name in found if name.startswith(("rnncourse/torch/", "rnncourse/fast/")) or "/stored/" in name
    ]
    assert {"rnncourse/reference/lstm.py", "rnncourse/exercises/lstm.py"} <= set(found)
    assert first.stat().st_size < 800_000


def test_the_package_has_no_sheet_of_a_chapter_to_come_and_no_arrays_that_no_chapter_names(tmp_path):
    for name in ("exercises/lstm.py", "exercises/music.py", "exercises/_gates.py", "data/vowels.py", "data/vowels.npz"):
        for path in (tmp_path / "rnncourse" / name, tmp_path / "rnncourse" / name.replace("vowels", "strokes")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("" if path.suffix == ".py" else "arrays")
    (tmp_path / "book" / "chapters").mkdir(parents=True)
    (tmp_path / "book" / "chapters" / "09_lstm.md").write_text("from rnncourse.data import vowels")
    assert set(package.contents(tmp_path)) == {
        f"rnncourse/{name}"
        for name in ("exercises/lstm.py", "exercises/_gates.py", "data/vowels.py", "data/vowels.npz")
    }

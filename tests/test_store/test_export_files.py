"""Exports into files: whole under their name, or not there at all."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local_records import HandClock, inference, send

from store.export.filters import Filters
from store.export.finished_files import finished_file
from store.export.training_exports import FORMS, Form, TrainingExports
from store.local.errors import StoreError, StoreFull
from store.local.opening import LocalStore, open_store

OLD = b"what was there before"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    for start in range(0, 600, 300):
        send(opened.statistics, *[inference(number) for number in range(start, start + 300)])
    yield opened
    opened.close()


@pytest.fixture
def exports(store: LocalStore) -> TrainingExports:
    return TrainingExports(store.database, HandClock())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exported"
    made.mkdir()
    return made


def raising(error: BaseException) -> Callable[[float], None]:
    """A progress that fails once something is written."""

    def progress(done: float) -> None:
        if done > 0:
            raise error

    return progress


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
@pytest.mark.parametrize("gzip", [False, True])
def test_a_file_holds_what_the_stream_gives(
    exports: TrainingExports, folder: Path, form: Form, gzip: bool
) -> None:
    told: list[float] = []
    assert exports.save(form, Filters(), folder / "x", gzip=gzip, progress=told.append) == 600
    assert (folder / "x").read_bytes() == b"".join(exports.start(form, Filters(), gzip=gzip).pieces)
    assert [path.name for path in folder.iterdir()] == ["x"]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0 if form != "jsonl" else told[0], 1.0)
    assert len(set(told)) > 2


def test_a_folder_holds_shards_and_label_map(exports: TrainingExports, folder: Path) -> None:
    (folder / "x").mkdir()  # an empty folder is as good as none
    assert exports.save("tfrecord", Filters(), folder / "x") == 600
    names = {path.name for path in (folder / "x").iterdir()}
    assert names == {"whimbrel-00000-of-00001.tfrecord", "label_map.txt"}
    assert [path.name for path in folder.iterdir()] == ["x"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143), ZeroDivisionError()])
def test_what_is_interrupted_leaves_nothing(
    exports: TrainingExports, folder: Path, form: Form, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        exports.save(form, Filters(), folder / "x", progress=raising(error))
    assert list(folder.iterdir()) == []


def test_what_is_interrupted_leaves_the_old_file(exports: TrainingExports, folder: Path) -> None:
    (folder / "x").write_bytes(OLD)
    with pytest.raises(KeyboardInterrupt):
        exports.save("csv", Filters(), folder / "x", replace=True, progress=raising(KeyboardInterrupt()))
    assert (folder / "x").read_bytes() == OLD
    assert len(list(folder.iterdir())) == 1


def test_the_new_file_appears_only_when_it_is_whole(folder: Path) -> None:
    with finished_file(folder / "x", replace=False) as file:
        file.write(b"half")
        assert not (folder / "x").exists()
    assert (folder / "x").read_bytes() == b"half"


@pytest.mark.parametrize("form", FORMS)
def test_what_is_there_is_not_overwritten(exports: TrainingExports, folder: Path, form: Form) -> None:
    (folder / "x").write_bytes(OLD)
    with pytest.raises(StoreError, match="already"):
        exports.save(form, Filters(), folder / "x")
    assert (folder / "x").read_bytes() == OLD


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_with_something_in_it_is_never_replaced(
    exports: TrainingExports, folder: Path, form: Form
) -> None:
    (folder / "x").mkdir()
    (folder / "x" / "precious").write_bytes(OLD)
    with pytest.raises(StoreError, match="already"):
        exports.save(form, Filters(), folder / "x", replace=True)
    assert (folder / "x" / "precious").read_bytes() == OLD


def test_a_file_is_replaced_where_that_is_asked_for(exports: TrainingExports, folder: Path) -> None:
    (folder / "x").write_bytes(OLD)
    exports.save("jsonl", Filters(), folder / "x", replace=True)
    assert (folder / "x").read_bytes().startswith(b'{"id":')


@pytest.mark.parametrize(
    ("number", "kind", "says"),
    [(errno.ENOSPC, StoreFull, "no room"), (errno.EACCES, StoreError, "Permission denied")],
)
def test_what_the_disk_refuses_is_a_sentence(
    exports: TrainingExports, folder: Path, number: int, kind: type[StoreError], says: str
) -> None:
    refused = OSError(number, "Permission denied")
    with pytest.raises(kind, match=says):
        exports.save("csv", Filters(), folder / "x", progress=raising(refused))
    assert list(folder.iterdir()) == []

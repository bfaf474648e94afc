"""A photograph on the page gets its name, in a real browser, from a real model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from driving import Page, answers, drop, generated_pictures, payloads, wait_finished, wait_saved
from full_length import length
from PIL import Image
from reference import Reference
from running import Whimbrel

pytestmark = pytest.mark.browser


def test_top1_of_real_photographs_is_that_of_the_python_reference(
    page: Page, app: Whimbrel, photographs: Callable[[int], list[Path]]
) -> None:
    files = photographs(length(24, 125))
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    seen, reference = answers(page), Reference(app.data_dir)
    right_in_page = sum(seen[file.name]["label"] == reference.labels[int(file.name[:4])] for file in files)
    right_in_python = sum(reference.top1(file) == reference.labels[int(file.name[:4])] for file in files)
    assert abs(right_in_page - right_in_python) <= 1
    assert right_in_page >= 0.85 * len(files)


def test_generated_pictures_get_the_python_reference_answer(
    page: Page, app: Whimbrel, tmp_path: Path
) -> None:
    files = generated_pictures(tmp_path / "drawn", 12)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    seen, reference = answers(page), Reference(app.data_dir)
    different = [file.name for file in files if seen[file.name]["label"] != reference.top1(file)]
    assert len(different) <= 1, different


def test_stored_embedding_is_that_of_the_python_reference(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    wait_saved(page, app, "inference", 1)
    [(stored,)] = app.rows("SELECT vector FROM embedding")
    ours, theirs = np.frombuffer(stored, "<f2").astype(np.float32), Reference(app.data_dir).embedding(file)
    assert np.linalg.norm(ours - theirs) / np.linalg.norm(theirs) < 0.02


def test_record_carries_every_field_of_the_seed(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    [record] = wait_saved(page, app, "inference", 1)
    assert record["modelVersion"] == page.evaluate("document.documentElement.dataset.model")
    assert record.get("modelAlpha") is None  # the starter has no width
    assert [p["rank"] for p in record["predictions"]] == [1, 2, 3, 4, 5]
    assert sum(p["probability"] for p in record["predictions"]) <= 1.0001
    for name in ("inferenceTime", "preprocessingTime", "totalTime"):
        assert 0 < record[name] < 20_000
    assert record["totalTime"] >= record["inferenceTime"]
    assert set(record["memoryUsage"]) == {"numTensors", "numBytes", "numDataBuffers"}
    [(device,)] = app.rows("SELECT info FROM device")
    for name in ("gpu", "webglVersion", "deviceMemory", "hardwareConcurrency", "vendor", "renderer"):
        assert f'"{name}"' in device


def test_a_batch_of_forty_with_one_corrupt_file(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    files = generated_pictures(tmp_path / "drawn", 40)
    files[17].write_bytes(files[17].read_bytes()[:300])
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    states = [answers(page)[file.name]["state"] for file in files]
    assert states.count("done") == 39 and states[17] == "failed"
    wait_saved(page, app, "inference", 39)
    [failure] = wait_saved(page, app, "event", 1)
    assert failure["stage"] == "decode" and failure["picture"]["fileName"] == files[17].name


@pytest.mark.parametrize(
    ("name", "mode", "save"),
    [
        ("cmyk.jpg", "CMYK", {}),
        ("sixteen.png", "I;16", {}),
        ("grey.jpg", "L", {}),
        ("palette.gif", "P", {}),
        ("see-through.png", "RGBA", {}),
        ("misnamed.txt", "RGB", {"format": "JPEG"}),
    ],
)
def test_unusual_but_valid_pictures_are_recognised(
    lasting_page: Page, tmp_path: Path, name: str, mode: str, save: dict[str, str]
) -> None:
    [plain] = generated_pictures(tmp_path / "drawn", 1)
    image: Image.Image = Image.open(plain)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    image.save(tmp_path / name, **save)
    drop(lasting_page, [tmp_path / name])
    wait_finished(lasting_page, [name])
    assert answers(lasting_page)[name]["state"] == "done"


def test_an_animation_is_judged_by_its_first_frame(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    first, second = (
        Image.open(file).resize((300, 240)) for file in generated_pictures(tmp_path / "drawn", 2)
    )
    first.save(tmp_path / "still.gif")
    first.save(tmp_path / "moving.gif", save_all=True, append_images=[second], duration=50, loop=0)
    drop(page, [tmp_path / "still.gif", tmp_path / "moving.gif"])
    wait_finished(page, ["still.gif", "moving.gif"])
    still, moving = sorted(
        wait_saved(page, app, "inference", 2), key=lambda r: r["picture"]["fileName"], reverse=True
    )
    assert still["predictions"] == moving["predictions"]


def test_exif_rotation_is_honoured(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    [plain] = generated_pictures(tmp_path / "drawn", 1)
    upright = Image.open(plain)
    upright.save(tmp_path / "upright.jpg", quality=98)
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg", quality=98, exif=exif)
    drop(page, [tmp_path / "upright.jpg", tmp_path / "turned.jpg"])
    wait_finished(page, ["upright.jpg", "turned.jpg"])
    records = {r["picture"]["fileName"]: r for r in wait_saved(page, app, "inference", 2)}
    turned, straight = records["turned.jpg"], records["upright.jpg"]
    assert (turned["picture"]["width"], turned["picture"]["height"]) == upright.size
    assert turned["predictions"][0]["className"] == straight["predictions"][0]["className"]
    assert turned["predictions"][0]["probability"] == pytest.approx(
        straight["predictions"][0]["probability"], abs=0.1
    )


def test_a_hundred_megapixels_are_recognised(lasting_page: Page, tmp_path: Path) -> None:
    [plain] = generated_pictures(tmp_path / "drawn", 1)
    Image.open(plain).resize((11_600, 8_700)).save(tmp_path / "huge.jpg", quality=80)
    drop(lasting_page, [tmp_path / "huge.jpg"])
    wait_finished(lasting_page, ["huge.jpg"], each_ms=90_000)
    assert answers(lasting_page)["huge.jpg"]["state"] == "done"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.jpg", b"", "empty"),
        ("report.jpg", b"%PDF-1.7\n1 0 obj\n" + b"x" * 200, "PDF"),
        ("notes.png", b"These are only words, not a picture.\n" * 20, "not a picture"),
        ("photo.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200, "HEIC"),
        ("scan.tif", b"II*\x00\x08\x00\x00\x00" + b"\x00" * 200, "TIFF"),
    ],
)
def test_files_that_are_no_picture_fail_alone_with_their_sentence(
    lasting_page: Page, lasting_app: Whimbrel, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    good = generated_pictures(tmp_path / "drawn", 2)
    files = [tmp_path / name, *(file.rename(file.with_name(f"{name}-{file.name}")) for file in good)]
    drop(lasting_page, files)
    wait_finished(lasting_page, [file.name for file in files])
    seen = answers(lasting_page)
    assert [seen[file.name]["state"] for file in files] == ["failed", "done", "done"]
    lasting_page.locator(f'[data-picture="{name}"]').first.click()
    assert says.lower() in lasting_page.locator("body").inner_text().lower()
    recorded = payloads(lasting_app, "inference")
    assert name not in [record["picture"]["fileName"] for record in recorded]

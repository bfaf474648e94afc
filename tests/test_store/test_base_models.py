"""Base models: files of the official form from a local server, and the starter where none answers."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from made_keras import keras_weights, write_weights_h5
from made_networks import made_network

from store.models import base_models
from store.models.base_models import OFFICIAL, BaseModel, fetch, fetch_default, find
from store.models.download import Downloader, DownloadError
from store.models.errors import ModelError


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = partial(type("Bound", (Quiet,), {"asked": asked}), directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def downloader() -> Downloader:
    return Downloader(sleep=lambda seconds: None)


def table_at(address: str, sha256: str | None) -> tuple[BaseModel, ...]:
    """The real table, served from here, MobileNet V2 0.35 with that pin."""
    return tuple(
        replace(model, base=address, sha256=sha256 if model.alpha == 0.35 else model.sha256)
        for model in OFFICIAL
    )


def written(folder: Path, family: str, alpha: float, seed: int = 7) -> Path:
    model = find(family, alpha)
    path = folder / model.file_name
    folder.mkdir(exist_ok=True)
    write_weights_h5(path, keras_weights(made_network(family, alpha, 1000, seed=seed)))
    return path


def test_the_table_names_what_keras_offers() -> None:
    assert [(model.name, model.alpha) for model in OFFICIAL] == [
        ("mobilenet_v2", 1.0),
        ("mobilenet_v2", 0.75),
        ("mobilenet_v2", 0.5),
        ("mobilenet_v2", 0.35),
        ("mobilenet_v1", 0.25),
    ]
    assert find("mobilenet_v2", None).url == (
        "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
    )
    assert find("mobilenet_v1", 0.25).url == (
        "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/mobilenet_2_5_224_tf.h5"
    )


@pytest.mark.parametrize(
    ("name", "alpha", "sentence", "advice"),
    [
        ("mobilenet_v2", 0.25, "mobilenet_v2 is not offered with alpha 0.25.", "MobileNet V1 has 0.25."),
        ("resnet50", None, "There is no base model “resnet50”.", "mobilenet_v2, mobilenet_v1 and starter"),
        ("starter", 1.0, "The starter has no width (alpha).", "Leave --alpha out."),
    ],
)
def test_what_is_not_offered_is_told(
    tmp_path: Path, name: str, alpha: float | None, sentence: str, advice: str
) -> None:
    with pytest.raises(ModelError) as caught:
        fetch(name, alpha, cache_dir=tmp_path)
    assert caught.value.sentence == sentence
    assert advice in caught.value.advice


def test_a_pinned_file_is_fetched_once_and_kept(tmp_path: Path, downloader: Downloader) -> None:
    path = written(tmp_path / "served", "mobilenet_v2", 0.35)
    pin = hashlib.sha256(path.read_bytes()).hexdigest()
    told: list[tuple[str, float]] = []
    cache = tmp_path / "cache"
    with serving(tmp_path / "served") as (address, asked):
        table = table_at(address, pin)
        for _ in range(2):
            parsed = fetch(
                "mobilenet_v2",
                0.35,
                downloader,
                cache_dir=cache,
                progress=lambda sentence, done: told.append((sentence, done)),
                table=table,
            )
        assert len(asked) == 1
        (cache / path.name).write_bytes(b"rotten")
        fetch("mobilenet_v2", 0.35, downloader, cache_dir=cache, table=table)
        assert len(asked) == 2
    assert (parsed.name, parsed.made, parsed.licence) == (
        "MobileNet V2 0.35, ImageNet",
        "fetched",
        "Apache-2.0",
    )
    assert parsed.source == f"{address}/{path.name}"
    assert (parsed.preprocessing.offset, parsed.preprocessing.scale) == (127.5, 127.5)
    assert len(parsed.labels) == 1000
    expected = made_network("mobilenet_v2", 0.35, 1000).folded()["block_8_project/kernel"]
    np.testing.assert_allclose(parsed.arrays["block_8_project/kernel"], expected, rtol=1e-5, atol=1e-7)
    assert told[0] == (f"Downloading MobileNet V2 0.35, ImageNet from {address[7:]}.", 0.0)
    assert told[-1][1] == 1.0


def test_a_pinned_file_that_is_another_is_refused(tmp_path: Path, downloader: Downloader) -> None:
    written(tmp_path / "served", "mobilenet_v2", 0.35)
    with serving(tmp_path / "served") as (address, _), pytest.raises(DownloadError, match="its SHA-256 is"):
        fetch("mobilenet_v2", 0.35, downloader, cache_dir=tmp_path / "c", table=table_at(address, "0" * 64))
    assert not list((tmp_path / "c").glob("*.h5"))


def test_an_unpinned_file_is_remembered_and_another_one_later_refused(
    tmp_path: Path, downloader: Downloader
) -> None:
    path = written(tmp_path / "served", "mobilenet_v2", 0.35)
    cache = tmp_path / "cache"
    with serving(tmp_path / "served") as (address, _):
        table = table_at(address, None)
        fetch("mobilenet_v2", 0.35, downloader, cache_dir=cache, table=table)
        assert (cache / f"{path.name}.sha256").is_file()
        (cache / path.name).unlink()
        written(tmp_path / "served", "mobilenet_v2", 0.35, seed=8)
        with pytest.raises(DownloadError, match="its SHA-256 is"):
            fetch("mobilenet_v2", 0.35, downloader, cache_dir=cache, table=table)


def test_an_unpinned_file_of_another_network_is_not_remembered(
    tmp_path: Path, downloader: Downloader
) -> None:
    path = written(tmp_path / "served", "mobilenet_v2", 0.35)
    write_weights_h5(path, keras_weights(made_network("mobilenet_v2", 0.5, 1000)))
    with serving(tmp_path / "served") as (address, _):
        with pytest.raises(ModelError, match=r"is something else: it is mobilenet_v2 0\.5"):
            fetch("mobilenet_v2", 0.35, downloader, cache_dir=tmp_path / "c", table=table_at(address, None))
        path.write_bytes(b"<html>Log in to our network</html>")
        with pytest.raises(ModelError, match="is something else") as caught:
            fetch("mobilenet_v2", 0.35, downloader, cache_dir=tmp_path / "c", table=table_at(address, None))
    assert "login page" in caught.value.advice
    assert not list((tmp_path / "c").glob("*.h5*[!k]"))


def test_the_default_is_the_official_one_where_it_can_be_reached(
    tmp_path: Path, downloader: Downloader
) -> None:
    path = written(tmp_path / "served", "mobilenet_v2", 1.0)
    pin = hashlib.sha256(path.read_bytes()).hexdigest()
    with serving(tmp_path / "served") as (address, _):
        table = (replace(OFFICIAL[0], base=address, sha256=pin),)
        parsed = fetch_default(downloader, cache_dir=tmp_path / "cache", table=table)
    assert (parsed.name, parsed.made) == ("MobileNet V2 1.0, ImageNet", "fetched")


def test_the_default_is_the_starter_where_nothing_answers_and_it_says_why(
    tmp_path: Path, downloader: Downloader
) -> None:
    with serving(tmp_path) as (address, _):
        pass
    told: list[str] = []
    parsed = fetch_default(
        downloader,
        cache_dir=tmp_path / "cache",
        progress=lambda sentence, done: told.append(sentence),
        table=(replace(OFFICIAL[0], base=address),),
    )
    assert (parsed.architecture, parsed.made) == ("efficientnet_lite0", "starter")
    assert told[-1] == (
        f"Taking the starter, EfficientNet-Lite0, instead of MobileNet V2: {address[7:]} cannot be reached."
    )
    assert parsed.source.endswith(f"MobileNet V2 could not be had: {address[7:]} cannot be reached")


def test_the_starter_by_its_name(tmp_path: Path) -> None:
    assert {fetch(name, None, cache_dir=tmp_path).made for name in base_models.STARTER_NAMES} == {"starter"}

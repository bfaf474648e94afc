"""The base models: Keras' official MobileNets, and the starter where they cannot be reached.

Where a SHA-256 is None no second independent source for it was found (docs/models.md): the first download is
remembered after it has passed the check of every shape, and a later one must be the same file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from store.models.errors import ModelError
from store.models.labels import imagenet_labels
from store.models.preprocessing import Preprocessing

if TYPE_CHECKING:
    from store.models.download import Downloader
    from store.models.parsed import ParsedModel

Progress = Callable[[str, float], None]

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"
LICENCE = "Apache-2.0"
LARGEST = 40 * 10**6
STARTER_NAMES = ("starter", "efficientnet_lite0")


@dataclass(frozen=True)
class BaseModel:
    """One of Keras' official weight files: 224 × 224 pixels, ImageNet's 1,000 classes."""

    name: str
    alpha: float
    title: str
    file_name: str
    sha256: str | None
    base: str

    @property
    def url(self) -> str:
        """Where Keras itself downloads it from."""
        return f"{self.base}/{self.file_name}"


def _v2(alpha: float, sha256: str | None = None) -> BaseModel:
    return BaseModel(
        "mobilenet_v2",
        alpha,
        f"MobileNet V2 {alpha}, ImageNet",
        f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_224.h5",
        sha256,
        f"{KERAS}/mobilenet_v2",
    )


OFFICIAL = (
    _v2(1.0, "3e195a2857356cfc092cbbb460beb2a5bce279015d7792598b8d3d9e451902e3"),
    _v2(0.75),
    _v2(0.5),
    _v2(0.35),
    BaseModel(
        "mobilenet_v1",
        0.25,
        "MobileNet V1 0.25, ImageNet",
        "mobilenet_2_5_224_tf.h5",
        None,
        f"{KERAS}/mobilenet",
    ),
)


def find(name: str, alpha: float | None, table: tuple[BaseModel, ...] = OFFICIAL) -> BaseModel:
    """The official model of that name and width, the widest if none is given; raises ModelError."""
    named = [model for model in table if model.name == name]
    for model in named:
        if alpha is None or abs(model.alpha - alpha) < 1e-6:  # noqa: PLR2004 - 0.35 as typed
            return model
    if named:
        widths = ", ".join(str(model.alpha) for model in named)
        hint = " MobileNet V1 has 0.25." if name == "mobilenet_v2" else ""
        raise ModelError(f"{name} is not offered with alpha {alpha}.", f"It is with {widths}.{hint}")
    known = ", ".join(dict.fromkeys(model.name for model in table))
    raise ModelError(f"There is no base model “{name}”.", f"There are {known} and starter.")


def fetch(
    name: str,
    alpha: float | None,
    downloader: Downloader | None = None,
    *,
    cache_dir: Path,
    progress: Progress | None = None,
    table: tuple[BaseModel, ...] = OFFICIAL,
) -> ParsedModel:
    """A base model, downloaded into `cache_dir` unless it lies there; `progress` gets a sentence and 0..1.

    Raises ModelError, and DownloadError where it could not be downloaded.
    """
    if name in STARTER_NAMES:
        return _starter(alpha)
    model = find(name, alpha, table)
    path = _downloaded(model, downloader, cache_dir, progress or _silent)
    return _parsed(model, path)


def fetch_default(
    downloader: Downloader | None = None,
    *,
    cache_dir: Path,
    progress: Progress | None = None,
    table: tuple[BaseModel, ...] = OFFICIAL,
) -> ParsedModel:
    """The model of a first start: the official MobileNet V2 1.0, or the starter where that cannot be had.

    Which one and why is told to `progress`, and stands in the starter's `source`.
    """
    from store.models.download import DownloadCancelled  # noqa: PLC0415

    tell = progress or _silent
    try:
        return fetch("mobilenet_v2", 1.0, downloader, cache_dir=cache_dir, progress=tell, table=table)
    except DownloadCancelled:
        raise
    except ModelError as error:
        reason = error.sentence.rstrip(".")
    tell(f"Taking the starter, EfficientNet-Lite0, instead of MobileNet V2: {reason}.", 0.0)
    starter = _starter(None)
    return replace(starter, source=f"{starter.source}; MobileNet V2 could not be had: {reason}")


def _silent(sentence: str, done: float) -> None:
    """Tells nobody."""


def _starter(alpha: float | None) -> ParsedModel:
    from store.models.starter import load_starter  # noqa: PLC0415

    if alpha is not None:
        raise ModelError("The starter has no width (alpha).", "Leave --alpha out.")
    return load_starter()


def _downloaded(model: BaseModel, downloader: Downloader | None, cache_dir: Path, progress: Progress) -> Path:
    """The file in the cache, whole and the one it should be."""
    from store.models.download import Downloader, sha256_of  # noqa: PLC0415

    target = cache_dir / model.file_name
    expected = model.sha256 or _remembered(target)
    if target.is_file() and expected is not None and sha256_of(target) == expected:
        return target
    sentence = f"Downloading {model.title} from {model.url.split('/')[2]}."
    progress(sentence, 0.0)
    (downloader or Downloader()).fetch(
        model.url,
        target,
        sha256=expected,
        largest=LARGEST,
        progress=lambda done, total: progress(sentence, done / total if total else 0.0),
    )
    return target


def _parsed(model: BaseModel, path: Path) -> ParsedModel:
    """Reads the downloaded file and, once it has proved to be that network, remembers which file it was."""
    from store.models.download import sha256_of  # noqa: PLC0415
    from store.models.foreign_graph import Damaged, Unfit  # noqa: PLC0415
    from store.models.keras_weights import read_official_weights  # noqa: PLC0415
    from store.models.parsed import ParsedModel  # noqa: PLC0415

    try:
        match = read_official_weights(path)
        if (match.network.id, match.network.alpha) != (model.name, model.alpha):
            raise Unfit(f"it is {match.network.id} {match.network.alpha}")
        if len(match.head_layers[-1][1]) != len(imagenet_labels()):
            raise Unfit("it does not have ImageNet's 1,000 classes")
    except (Damaged, Unfit) as error:
        path.unlink(missing_ok=True)
        raise ModelError(
            f"What {model.url.split('/')[2]} sent as {model.title} is something else: {error}.",
            "Perhaps a login page of the network answered: open a browser first, then try again.",
        ) from error
    if model.sha256 is None:
        _note(path).write_text(sha256_of(path) + "\n", encoding="ascii")
    return ParsedModel(
        model.title,
        match.network.id,
        match.network.alpha,
        Preprocessing(),
        match.arrays,
        match.head_layers,
        imagenet_labels(),
        "fetched",
        model.url,
        LICENCE,
    )


def _note(target: Path) -> Path:
    return target.with_name(target.name + ".sha256")


def _remembered(target: Path) -> str | None:
    """The SHA-256 of the file that came first, if one came."""
    try:
        return _note(target).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None

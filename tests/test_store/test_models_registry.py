from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from small_model import small_model

from store.clock import SystemClock
from store.events import ModelVersion
from store.local.opening import open_store
from store.models.errors import ModelError
from store.models.registry import ModelRegistry, VersionTable, find_version
from store.models.service import ModelService, ModelStatus
from store.models.set_files import KNOWN

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class FixedClock:
    """Always the same time."""

    now: int = 1_700_000_000_000

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Setup:
    registry: ModelRegistry
    versions: VersionTable
    picture: Path

    def add(self, seed: int = 0, name: str | None = None) -> ModelVersion:
        parsed = small_model(seed) if name is None else small_model(seed, name=name)
        return self.registry.add(parsed, pictures=[self.picture])


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    """A registry on a real SQLite table."""
    store = open_store(tmp_path, SystemClock())
    picture = tmp_path / "one.png"
    Image.linear_gradient("L").save(picture)
    yield Setup(
        ModelRegistry(tmp_path / "models", store.model_versions, FixedClock()), store.model_versions, picture
    )
    store.close()


def test_a_new_model_is_a_candidate_with_its_sets(setup: Setup) -> None:
    version = setup.add()
    assert setup.registry.list() == [version]
    assert (version.state, version.variant, version.label_count) == ("candidate", "float32", 3)
    assert version.created_at == FixedClock().now
    assert version.id.startswith("small-0-")
    assert len(version.id) == len("small-0-") + 8
    assert (setup.registry.folder / version.backbone_id).is_dir()
    assert setup.registry.active() is None


def test_the_same_network_and_head_is_the_same_version(setup: Setup) -> None:
    first = setup.add()
    setup.registry.activate(first.id)
    again = setup.add(name="The same under another name")
    assert again == setup.versions.active()
    assert again.id == first.id
    assert len(setup.registry.list()) == 1


def test_progress_goes_from_nothing_to_all_in_order(setup: Setup) -> None:
    told: list[tuple[str, float]] = []
    setup.registry.add(small_model(), progress=lambda sentence, done: told.append((sentence, done)))
    done = [fraction for _, fraction in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0.0, 1.0)
    assert len(done) > 48
    assert all(sentence.endswith(".") for sentence, _ in told)


def test_activating_retires_the_one_before_and_rolling_back_returns_to_it(setup: Setup) -> None:
    first, second = setup.add(0), setup.add(1)
    setup.registry.activate(first.id)
    assert setup.registry.activate(second.id).state == "active"
    assert {v.id: v.state for v in setup.registry.list()} == {first.id: "retired", second.id: "active"}
    assert setup.registry.rollback().id == first.id
    assert setup.registry.active() == setup.registry.find(first.id)
    assert setup.registry.find(second.id).state == "retired"


def test_without_history_rolling_back_goes_to_the_parent(setup: Setup) -> None:
    parent, child = setup.add(0), setup.add(1)
    versions = setup.versions
    versions.insert(msgspec.structs.replace(child, id="trained", parent_id=parent.id))
    setup.registry.activate("trained")
    assert setup.registry.rollback().id == parent.id


def test_with_nothing_to_go_back_to_a_sentence_says_so(setup: Setup) -> None:
    with pytest.raises(ModelError, match="no earlier model"):
        setup.registry.rollback()
    setup.registry.activate(setup.add().id)
    with pytest.raises(ModelError, match="no earlier model"):
        setup.registry.rollback()


def test_a_damaged_or_unknown_model_is_not_put_to_work(setup: Setup) -> None:
    first, second = setup.add(0), setup.add(1)
    setup.registry.activate(first.id)
    (setup.registry.folder / second.backbone_id / "float32.bin").write_bytes(b"short")
    with pytest.raises(ModelError, match=r"float32\.bin has changed"):
        setup.registry.activate(second.id)
    with pytest.raises(ModelError, match="no model nonsense") as caught:
        setup.registry.activate("nonsense")
    assert second.id in caught.value.advice
    active = setup.registry.active()
    assert active is not None
    assert active.id == first.id
    assert setup.registry.verify(first) == []
    assert len(setup.registry.verify(second)) == 1


def test_a_version_is_found_by_id_beginning_or_name(setup: Setup) -> None:
    first, second = setup.add(0), setup.add(1, name="Birds of Öland")
    find = setup.registry.find
    assert find(first.id) == find("small") == find("SMALL 0") == first
    assert find("birds of öland") == second
    with pytest.raises(ModelError, match="no model “nothing”") as caught:
        find("nothing")
    assert first.id in caught.value.advice
    with pytest.raises(ModelError, match="no model “”"):
        find("")


def test_several_that_fit_are_named() -> None:
    base = ModelVersion(
        "a-1", "A", "mobilenet_v1", 1.0, "b", "h", "s", "float32", "candidate", "imported", "", "", 3, 0
    )
    both = [base, msgspec.structs.replace(base, id="a-2")]
    for text in ("a-", "A"):
        with pytest.raises(ModelError, match="fits 2 models") as caught:
            find_version(both, text)
        assert caught.value.advice == "There is a-1, a-2."
    with pytest.raises(ModelError) as caught:
        find_version([], "a")
    assert "fetch starter" in caught.value.advice


def test_only_known_files_of_sets_that_are_there_are_given_out(setup: Setup) -> None:
    version = setup.add()
    found = {name for name in KNOWN if setup.registry.file(version.backbone_id, name)}
    found_of_head = {name for name in KNOWN if setup.registry.file(version.head_id, name)}
    assert found_of_head == {"head.json", "head.safetensors"}
    assert found == KNOWN - found_of_head
    (setup.registry.folder / version.head_id / "notes.txt").write_text("x")
    for set_id, name in (
        (version.head_id, "notes.txt"),
        (version.head_id, "../" + version.backbone_id + "/backbone.json"),
        (version.head_id, ""),
        ("..", "head.json"),
        (version.head_id.upper(), "head.json"),
        (f"{version.head_id}/../{version.backbone_id}", "backbone.json"),
        ("0" * 64, "head.json"),
        (".partial-x", "head.json"),
    ):
        assert setup.registry.file(set_id, name) is None


def test_the_descriptor_says_where_the_page_finds_a_version(setup: Setup) -> None:
    version = setup.add()
    assert setup.registry.descriptor(version) == {
        "id": version.id,
        "name": "Small 0",
        "made": "imported",
        "architecture": "mobilenet_v1",
        "alpha": 0.125,
        "spaceId": version.space_id,
        "variant": "float32",
        "backboneUrl": f"/models/{version.backbone_id}/",
        "headUrl": f"/models/{version.head_id}/",
        "checkUrl": f"/api/models/{version.id}/checks",
        "labelCount": 3,
        "calibrated": False,
        "reject": None,
        "source": "a test",
        "licence": "MIT",
    }


def test_two_threads_add_the_same_model_once(setup: Setup) -> None:
    found: list[ModelVersion] = []
    threads = [threading.Thread(target=lambda: found.append(setup.add())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({version.id for version in found}) == 1
    assert setup.registry.verify(found[0]) == []
    assert len(list(setup.registry.folder.iterdir())) == 2


def test_importing_the_registry_loads_no_numbers() -> None:
    code = (
        "import sys; import store.models.registry, store.models.service; "
        "print([m for m in ('numpy', 'safetensors', 'PIL', 'scipy', 'h5py', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_service_says_whether_a_model_is_at_work(setup: Setup) -> None:
    service = ModelService(setup.registry)
    assert (service.status().state, bool(service.status().advice)) == ("missing", True)
    version = setup.add()
    service.activate(version.id)
    assert service.status() == ModelStatus("ready", "Small 0 is at work.")
    assert ModelService(setup.registry).status().state == "ready"


def test_listeners_hear_of_every_change_until_they_leave(setup: Setup) -> None:
    service = ModelService(setup.registry)
    heard: list[str] = []
    leave = service.on_change(lambda: heard.append(service.status().state))
    service.set_status(ModelStatus("preparing", "Fetching the model.", "", 0.5))
    first, second = setup.add(0), setup.add(1)
    setup.registry.activate(first.id)
    service.activate(second.id)
    service.rollback()
    leave()
    service.set_status(ModelStatus("failed", "It did not work.", "Try again."))
    assert heard == ["preparing", "ready", "ready", "ready"]
    assert service.status().state == "failed"
    leave()


def test_a_listener_that_fails_stops_neither_the_change_nor_the_others(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    service = ModelService(setup.registry)
    heard: list[int] = []

    def broken() -> None:
        raise RuntimeError("no connection")

    service.on_change(broken)
    service.on_change(lambda: heard.append(1))
    service.set_status(ModelStatus("preparing", "Fetching the model."))
    assert heard == [1]
    assert "no connection" in caplog.text

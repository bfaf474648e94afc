"""Embeddings and small pictures: with their inference, after it, before it, twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_records import (
    EMBEDDING,
    JPEG,
    SPACE,
    WEBP,
    HandClock,
    attachment,
    base64_text,
    inference,
    send,
    sha256_of,
    uuid_bytes,
)

from store.local.opening import LocalStore, open_store
from store.local.reading import find_embedding

PARTS = {"embedding": EMBEDDING, "thumbnail": WEBP, "crop": JPEG}
ENCODED = {name: base64_text(part) for name, part in PARTS.items()}
OTHER = b"\x00\x3c" * 4
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", HandClock())
    yield opened
    opened.close()


def kept(store: LocalStore) -> list[tuple[Any, ...]]:
    sql = (
        "SELECT record.id, hex(space_id), embedding.variant, embedding.backend, vector, thumbnail, crop "
        "FROM record LEFT JOIN embedding ON embedding.record = record.number "
        "JOIN picture ON picture.number = record.picture WHERE record.kind = 'inference' ORDER BY record.id"
    )
    with store.database.read() as db:
        return list(db.execute_sql(sql).fetchall())


def waiting(store: LocalStore) -> int:
    with store.database.read() as db:
        return int(db.execute_sql("SELECT count(*) FROM waiting_attachment").fetchone()[0])


WHOLE = (uuid_bytes(1), SPACE, "float32", "wasm", EMBEDDING, WEBP, JPEG)


def test_with_the_inference(store: LocalStore) -> None:
    assert send(store.statistics, inference(1, **ENCODED)).accepted == 1
    assert kept(store) == [WHOLE]
    assert store.pictures.thumbnail(sha256_of("picture 1")) == WEBP
    with store.database.read() as db:
        assert find_embedding(db, uuid_bytes(1)) == EMBEDDING
        assert find_embedding(db, uuid_bytes(2)) is None


def test_the_json_that_is_kept_is_light(store: LocalStore) -> None:
    send(store.statistics, inference(1, **ENCODED), attachment(2, about=1, **PARTS))
    with store.database.read() as db:
        payloads = [text for (text,) in db.execute_sql("SELECT payload FROM record").fetchall()]
    assert len(payloads) == 2
    assert not any(name in text for text in payloads for name in PARTS)


def test_after_the_inference(store: LocalStore) -> None:
    send(store.statistics, inference(1))
    assert kept(store)[0][4:] == (None, None, None)
    assert send(store.statistics, attachment(2, about=1, **PARTS)).accepted == 1
    assert kept(store) == [WHOLE]
    assert waiting(store) == 0


def test_before_the_inference(store: LocalStore) -> None:
    assert send(store.statistics, attachment(2, about=1, **PARTS)).accepted == 1
    assert waiting(store) == 1
    send(store.statistics, inference(3))
    assert waiting(store) == 1
    send(store.statistics, inference(1))
    assert kept(store)[0] == WHOLE
    assert waiting(store) == 0


def test_in_one_batch_in_either_order(store: LocalStore) -> None:
    send(store.statistics, attachment(2, about=1, **PARTS), inference(1))
    send(store.statistics, inference(3), attachment(4, about=3, **PARTS))
    assert [row[4:] for row in kept(store)] == [WHOLE[4:], WHOLE[4:]]
    assert waiting(store) == 0


def test_part_by_part(store: LocalStore) -> None:
    send(
        store.statistics, attachment(2, about=1, embedding=EMBEDDING), attachment(3, about=1, thumbnail=WEBP)
    )
    send(store.statistics, inference(1))
    send(store.statistics, attachment(4, about=1, crop=JPEG))
    assert kept(store) == [WHOLE]


def test_twice_is_once_and_the_first_stays(store: LocalStore) -> None:
    send(store.statistics, inference(1), attachment(2, about=1, **PARTS))
    again = send(store.statistics, attachment(2, about=1, **PARTS))
    assert (again.accepted, again.duplicate) == (0, 1)
    send(store.statistics, attachment(3, about=1, embedding=OTHER, thumbnail=PNG, crop=PNG))
    assert kept(store) == [WHOLE]


def test_an_attachment_with_the_same_id_and_other_parts_is_a_conflict(store: LocalStore) -> None:
    send(store.statistics, inference(1), attachment(2, about=1, **PARTS))
    result = send(store.statistics, attachment(2, about=1, embedding=OTHER))
    assert [rejection.code for rejection in result.rejected] == ["conflict"]


def test_a_repeated_inference_that_brings_them_fills_them_in(store: LocalStore) -> None:
    send(store.statistics, inference(1))
    again = send(store.statistics, inference(1, **ENCODED))
    assert (again.accepted, again.duplicate) == (0, 1)
    assert kept(store) == [WHOLE]


def test_a_conflicting_inference_leaves_nothing_behind(store: LocalStore) -> None:
    send(store.statistics, inference(1))
    other = inference(1, backend="webgl", picture={"sha256": "e" * 64, "fileName": "other.jpg"}, **ENCODED)
    assert [rejection.code for rejection in send(store.statistics, other).rejected] == ["conflict"]
    assert kept(store)[0][4:] == (None, None, None)
    with store.database.read() as db:
        assert db.execute_sql("SELECT count(*) FROM picture").fetchone() == (1,)


def test_an_embedding_without_a_space_is_let_go_with_its_attachment(store: LocalStore) -> None:
    send(store.statistics, inference(1, spaceId=None), attachment(2, about=1, **PARTS))
    assert kept(store)[0][4:] == (None, WEBP, JPEG)
    assert waiting(store) == 0


def test_two_inferences_of_one_picture_share_its_thumbnail_and_have_their_own_embedding(
    store: LocalStore,
) -> None:
    picture = {"sha256": "e" * 64, "fileName": "x.jpg"}
    send(store.statistics, inference(1, picture=picture, **ENCODED))
    later = ENCODED | {"thumbnail": base64_text(PNG), "embedding": base64_text(OTHER)}
    send(store.statistics, inference(2, picture=picture | {"fileName": "y.jpg"}, **later))
    assert [row[4:] for row in kept(store)] == [(EMBEDDING, WEBP, JPEG), (OTHER, WEBP, JPEG)]


@pytest.mark.parametrize("sha256", ["", "0" * 64, "xyz", "A" * 64, "../../etc/passwd", "a" * 63 + "\n"])
def test_no_thumbnail_for_what_is_no_picture(store: LocalStore, sha256: str) -> None:
    send(store.statistics, inference(1, **ENCODED))
    assert store.pictures.thumbnail(sha256) is None

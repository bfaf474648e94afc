"""The tables, unbound: every query runs as `.execute(db)`. A test holds them to what `migrations.py` creates.

Ids are 16-byte blobs, times milliseconds since the Unix epoch, hashes bytes.
"""

from __future__ import annotations

from peewee import BlobField, BooleanField, CompositeKey, FloatField, IntegerField, TextField

from store.local.figures.figure_tables import FIGURE_TABLES
from store.local.folder_queue.queue_tables import QUEUE_TABLES
from store.local.learning.learning_tables import LEARNING_TABLES
from store.local.outbox_tables import OUTBOX_TABLES
from store.local.row_base import Row as _Row
from store.local.shared_tables import SHARED_TABLES
from store.local.upkeep_tables import UPKEEP_TABLES


class RecordRow(_Row):
    """One record of a batch: its validated JSON, and the columns that queries need.

    `label` and `probability` are the best answer; `inference_id` is what a feedback or attachment speaks of;
    `captured_at` is as the camera wrote it; place in degrees (WGS 84), `place_coarseness` in metres.
    """

    number = IntegerField(primary_key=True)
    id = BlobField(unique=True)
    kind = TextField()
    session_id = TextField()
    recorded_at = IntegerField()
    received_at = IntegerField()
    content_hash = BlobField()
    model_version = TextField(null=True)
    label = TextField(null=True)
    probability = FloatField(null=True)
    backend = TextField(null=True)
    source = TextField(null=True)
    picture = IntegerField(null=True)
    inference_id = BlobField(null=True)
    device = BlobField(null=True)
    captured_at = TextField(null=True)
    project = TextField(null=True)
    site = TextField(null=True)
    deployment = TextField(null=True)
    observer = TextField(null=True)
    latitude = FloatField(null=True)
    longitude = FloatField(null=True)
    place_coarseness = FloatField(null=True)
    payload = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "record"


class PictureRow(_Row):
    """One picture; the first record about it tells the rest. Blobs last: rows stay cheap to scan."""

    number = IntegerField(primary_key=True)
    sha256 = BlobField(unique=True)
    file_name = TextField()
    path = TextField(null=True)
    width = IntegerField(null=True)
    height = IntegerField(null=True)
    bytes = IntegerField(null=True)
    captured_at = TextField(null=True)
    first_seen = IntegerField()
    thumbnail = BlobField(null=True)
    crop = BlobField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "picture"


class EmbeddingRow(_Row):
    """The embedding of an inference, little-endian float16; `record` is the number of its record."""

    record = IntegerField(primary_key=True)
    space_id = BlobField()
    variant = TextField(null=True)
    backend = TextField(null=True)
    vector = BlobField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "embedding"


class FeedbackRow(_Row):
    """What the user said of one inference. One that came inside its inference has the inference's id."""

    id = BlobField(primary_key=True)
    inference_id = BlobField()
    picture = IntegerField(null=True)
    is_correct = BooleanField(null=True)
    corrected_label = TextField(null=True)
    confidence = FloatField()
    recorded_at = IntegerField()
    retracted_by = BlobField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "feedback"
        without_rowid = True


class RetractionRow(_Row):
    """Feedback `retracted` was taken back by feedback `retracted_by`; either may arrive first."""

    retracted = BlobField()
    retracted_by = BlobField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "retraction"
        primary_key = CompositeKey("retracted", "retracted_by")
        without_rowid = True


class WaitingAttachmentRow(_Row):
    """Heavy parts whose inference has not arrived yet."""

    number = IntegerField(primary_key=True)
    inference_id = BlobField()
    embedding = BlobField(null=True)
    thumbnail = BlobField(null=True)
    crop = BlobField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "waiting_attachment"


class DeviceRow(_Row):
    """What the browser told of its machine, as JSON, by the first 16 bytes of its SHA-256."""

    hash = BlobField(primary_key=True)
    info = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "device"
        without_rowid = True


class SettingRow(_Row):
    """One setting that is not at its default, as JSON."""

    name = TextField(primary_key=True)
    value = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "setting"
        without_rowid = True


class ModelVersionRow(_Row):
    """One row of the registry; `metrics` is JSON."""

    id = TextField(primary_key=True)
    name = TextField()
    architecture = TextField()
    alpha = FloatField(null=True)
    backbone_id = TextField()
    head_id = TextField()
    space_id = TextField()
    variant = TextField()
    state = TextField()
    made = TextField()
    source = TextField()
    licence = TextField()
    label_count = IntegerField()
    created_at = IntegerField()
    parent_id = TextField(null=True)
    metrics = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "model_version"
        without_rowid = True


class ActivationRow(_Row):
    """One line of the history of active versions."""

    number = IntegerField(primary_key=True)
    version_id = TextField()
    activated_at = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "activation"


class MigrationRow(_Row):
    """A migration that was applied."""

    number = IntegerField(primary_key=True)
    name = TextField()
    applied_at = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "migration"


TABLES: tuple[type[_Row], ...] = (
    RecordRow,
    PictureRow,
    EmbeddingRow,
    FeedbackRow,
    RetractionRow,
    WaitingAttachmentRow,
    DeviceRow,
    SettingRow,
    ModelVersionRow,
    ActivationRow,
    MigrationRow,
    *OUTBOX_TABLES,
    *FIGURE_TABLES,
    *UPKEEP_TABLES,
    *LEARNING_TABLES,
    *SHARED_TABLES,
    *QUEUE_TABLES,
)

"""The tables of learning, unbound like those in `store.local.tables`; times are ms since the epoch."""

from __future__ import annotations

from peewee import CompositeKey, FloatField, IntegerField, TextField

from store.local.row_base import Row


class LabelChangeRow(Row):
    """That every label `old` counts as `new` from then on; `kind` says whether `new` was there before."""

    number = IntegerField(primary_key=True)
    changed_at = IntegerField()
    kind = TextField()
    old = TextField()
    new = TextField()
    undone_at = IntegerField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "label_change"


class ExampleSideRow(Row):
    """The side of a picture, given once; pictures of one `burst` (a number of no other meaning) share it."""

    picture = IntegerField(primary_key=True)
    side = TextField()
    burst = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "example_side"


class TrainingRunRow(Row):
    """One training. `options` and `epochs` are JSON, `progress` is 0..1; the texts are for people."""

    id = TextField(primary_key=True)
    mode = TextField()
    label_mode = TextField()
    state = TextField()
    asked_by = TextField()
    options = TextField()
    parent_version = TextField(null=True)
    version = TextField(null=True)
    stage = TextField()
    sentence = TextField()
    advice = TextField()
    progress = FloatField(null=True)
    epochs = TextField()
    created_at = IntegerField()
    started_at = IntegerField(null=True)
    ended_at = IntegerField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "training_run"


class VersionPictureRow(Row):
    """That a picture had a part in a version, on which side and as which label (null: none of these)."""

    version_id = TextField()
    picture = IntegerField()
    side = TextField()
    label = TextField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "version_picture"
        primary_key = CompositeKey("version_id", "picture")
        without_rowid = True


class ShadowAnswerRow(Row):
    """What a version that is not at work would have answered for the record with this number."""

    record = IntegerField()
    version_id = TextField()
    label = TextField()
    probability = FloatField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "shadow_answer"
        primary_key = CompositeKey("record", "version_id")
        without_rowid = True


class ShadowProgressRow(Row):
    """Up to which record a version has looked."""

    version_id = TextField(primary_key=True)
    last_record = IntegerField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "shadow_progress"
        without_rowid = True


class AuditPictureRow(Row):
    """A record that was drawn by chance to be judged without its answer being shown."""

    record = IntegerField(primary_key=True)
    asked_at = IntegerField()
    state = TextField()

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "audit_picture"


class TriggerDecisionRow(Row):
    """What a trigger of training decided, and the figures that it saw (`evidence`, JSON)."""

    number = IntegerField(primary_key=True)
    decided_at = IntegerField()
    cause = TextField()
    decision = TextField()
    evidence = TextField()
    run_id = TextField(null=True)

    class Meta:  # noqa: D106 - Peewee's way to say it
        table_name = "trigger_decision"


LEARNING_TABLES: tuple[type[Row], ...] = (
    LabelChangeRow,
    ExampleSideRow,
    TrainingRunRow,
    VersionPictureRow,
    ShadowAnswerRow,
    ShadowProgressRow,
    AuditPictureRow,
    TriggerDecisionRow,
)

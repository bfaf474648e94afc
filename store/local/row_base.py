"""What every table of the memory shares."""

from __future__ import annotations

from peewee import Model


class Row(Model):
    """A table named by its `Meta`, unbound and STRICT."""

    class Meta:  # noqa: D106 - Peewee's way to say it
        legacy_table_names = False
        strict_tables = True

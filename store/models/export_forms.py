"""The forms in which a version is exported, and what goes with what. Light to import."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from store.models.errors import ModelError

Form = Literal["keras", "savedmodel", "tflite", "tflite-int8", "tfjs", "teachable-machine", "safetensors"]
Smaller = Literal["float16", "uint8"]
FORMS: tuple[str, ...] = get_args(Form)
NEED_TENSORFLOW = frozenset({"keras", "savedmodel", "tflite", "tflite-int8"})
_QUANTISED = ("tfjs", "tflite")
_ROUNDED = frozenset({("tflite", "float16"), ("tflite", "uint8"), ("tflite-int8", None)})
MOST_PRUNED = 0.9


class ExportOptions(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What to write: `quantise` keeps weights in fewer bits, `prune` sets a share of them to nought."""

    form: Form = "tfjs"
    quantise: Smaller | None = None
    prune: Annotated[float, Meta(ge=0.0, le=MOST_PRUNED)] = 0.0

    @property
    def is_exact(self) -> bool:
        """Whether the file computes in float32 with the very weights that are known beforehand."""
        return (self.form, self.quantise) not in _ROUNDED

    @property
    def is_lossy(self) -> bool:
        """Whether its answers may be others than the version's."""
        return bool(self.quantise or self.prune or self.form == "tflite-int8")


def check_options(options: ExportOptions) -> None:
    """Raises ModelError for what does not go together."""
    if options.form not in FORMS:
        raise ModelError(f"Whimbrel does not export “{options.form}”.", f"It exports {', '.join(FORMS)}.")
    if options.quantise is None or options.form in _QUANTISED:
        return
    if options.form == "tflite-int8":
        raise ModelError(
            "The form tflite-int8 has 8-bit weights already.", "Leave --quantise out, or choose tflite."
        )
    raise ModelError(
        f"The form {options.form} keeps 32-bit weights: its readers know no others.",
        f"Leave --quantise out, or choose {' or '.join(_QUANTISED)}.",
    )

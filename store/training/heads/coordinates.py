"""The coordinates in which a head is fitted, and the way back to one linear layer over the embedding.

Each feature is centred and divided by its deviation, then all are whitened by their covariance, shrunk half
way to a multiple of the identity: a ridge penalty there is a Gaussian prior whose precision is that shrunk
covariance (Friedman, "Regularized Discriminant Analysis", 1989; Ledoit and Wolf, 2004). Directions in which
pictures differ whatever their label then cost more than rare ones. No labels are used.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

SHRINKAGE = 0.5
_LEAST_DEVIATION = 0.05  # of the mean deviation: a feature that is nearly always nought must not be blown up
_SMALL = 2_000_000  # numbers up to which float64 costs nothing worth saving


@dataclass(frozen=True)
class Coordinates:
    """z = (x - centre) @ map, with z [n, r], x [n, d], centre [d], map [d, r] and r = min(n, d)."""

    centre: Floats = field(repr=False)
    map: Floats = field(repr=False)

    def apply(self, inputs: Floats) -> Floats:
        """z [n, r] of inputs [n, d]."""
        return np.asarray((inputs.astype(self.map.dtype) - self.centre) @ self.map)

    def layer(self, kernel: Floats, bias: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(kernel [d, k], bias [k]) over x that gives what kernel [r, k] and bias [k] give over z."""
        back = self.map.astype(np.float64) @ kernel
        return back, np.asarray(bias - self.centre.astype(np.float64) @ back)


def coordinates_of(inputs: Floats, shrinkage: float = SHRINKAGE) -> tuple[Coordinates, Floats]:
    """The coordinates that inputs [n, d] ask for, and the inputs in them [n, r], of mean squared norm 1.

    With fewer inputs than features all is done in their span, where the solution of a penalised fit lies
    (the representer theorem), so that a hundred pictures cost a hundred dimensions.
    """
    from scipy.linalg import cholesky, solve_triangular  # noqa: PLC0415

    values: Floats = inputs.astype(np.float64) if inputs.size <= _SMALL else inputs.astype(np.float32)
    least = float(np.finfo(values.dtype).eps)
    centre = values.mean(axis=0)
    values -= centre
    deviation = values.std(axis=0)
    deviation = np.maximum(deviation, _LEAST_DEVIATION * deviation.mean() + least)
    values /= deviation
    basis = _span(values)
    reduced = values if basis is None else values @ basis
    root = cholesky(_shrunk_covariance(reduced, shrinkage), lower=True, check_finite=False)
    white = solve_triangular(root, reduced.T, lower=True, check_finite=False).T
    white_of = solve_triangular(root, np.eye(len(root), dtype=root.dtype), lower=True, check_finite=False).T
    back = white_of if basis is None else basis @ white_of
    norm = float(np.sqrt(max(np.square(white).sum(axis=1).mean(), least)))
    return Coordinates(centre, back / norm / deviation[:, np.newaxis]), white / norm


def _span(values: Floats) -> Floats | None:
    """An orthonormal basis [d, n] of the rows' span, None where there are as many rows as features."""
    if values.shape[0] >= values.shape[1]:
        return None
    return np.asarray(np.linalg.qr(values.T)[0])


def _shrunk_covariance(values: Floats, shrinkage: float) -> Floats:
    """(1 - shrinkage) S + shrinkage tr(S) / r I of centred values [n, r]."""
    size = values.shape[1]
    covariance = values.T @ values / len(values)
    level = max(float(np.trace(covariance)) / size, np.finfo(values.dtype).eps)
    covariance *= 1 - shrinkage
    covariance[np.diag_indices(size)] += shrinkage * level
    return np.asarray(covariance)

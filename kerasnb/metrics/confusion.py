"""Metrics from counts of right and wrong predictions, at one threshold or at many."""

from __future__ import annotations

from typing import Any

from .. import backend as K
from ..utils.metrics_utils import (
    NEG_INF,
    AUCCurve,
    AUCSummationMethod,
    ConfusionMatrix,
    divide_or_zero,
    parse_init_thresholds,
    update_confusion_matrix_variables,
)
from .base import Metric

_TP, _FP = ConfusionMatrix.TRUE_POSITIVES, ConfusionMatrix.FALSE_POSITIVES
_TN, _FN = ConfusionMatrix.TRUE_NEGATIVES, ConfusionMatrix.FALSE_NEGATIVES


class _Counts(Metric):
    """Base of metrics that count predictions: a state variable (thresholds) for each kind.

    Args:
        kinds: the kinds of predictions that are counted.
        thresholds: what a prediction must be above to be positive.
        name: name.
        dtype: type of the state.
        **rules: `top_k` and `class_id`, see `update_confusion_matrix_variables`.
    """

    def __init__(
        self,
        kinds: tuple[ConfusionMatrix, ...],
        thresholds: list[float],
        name: str | None,
        dtype: str | None,
        **rules: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.thresholds = thresholds
        self._rules = rules
        self._counts = {
            kind: self.add_weight(kind.name.lower(), (len(thresholds),), initializer="zeros")
            for kind in kinds
        }

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the updates that a batch brings.

        Args:
            y_true: targets; what is not 0 counts as 1.
            y_pred: predictions of the same shape, from 0 to 1.
            sample_weight: what each prediction, or each of the first axes, counts for.
        """
        return update_confusion_matrix_variables(
            self._counts,
            y_true,
            y_pred,
            self.thresholds,
            sample_weight=sample_weight,
            **self._rules,
        )

    def _at_thresholds(self, values: Any) -> Any:
        """Return a value for each threshold; a single number if there is one threshold."""
        return values[0] if len(self.thresholds) == 1 else values


class _Count(_Counts):
    kind: ConfusionMatrix

    def __init__(
        self, thresholds: Any = None, name: str | None = None, dtype: str | None = None
    ) -> None:
        self.init_thresholds = thresholds
        super().__init__((self.kind,), parse_init_thresholds(thresholds), name, dtype)
        self.accumulator = self._counts[self.kind]

    def result(self) -> Any:
        """Return the count."""
        return self._at_thresholds(self.accumulator)

    def get_config(self) -> dict[str, Any]:
        """Return name, type and thresholds."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """Number of predictions that are positive, and rightly so; the sum of their weights.

    Args:
        thresholds: what a prediction must be above to be positive, 0.5 by default; a list gives
            a count for each.
        name: name.
        dtype: type of the state.
    """

    kind = _TP


class FalsePositives(_Count):
    """Number of predictions that are positive, and should not be; see `TruePositives`."""

    kind = _FP


class TrueNegatives(_Count):
    """Number of predictions that are negative, and rightly so; see `TruePositives`."""

    kind = _TN


class FalseNegatives(_Count):
    """Number of predictions that are negative, and should not be; see `TruePositives`."""

    kind = _FN


class _Share(_Counts):
    wrong: ConfusionMatrix

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        limits = parse_init_thresholds(thresholds, 0.5 if top_k is None else NEG_INF)
        super().__init__((_TP, self.wrong), limits, name, dtype, top_k=top_k, class_id=class_id)
        self.true_positives = self._counts[_TP]

    def result(self) -> Any:
        """Return the share; 0 where there is nothing to share."""
        right, wrong = self.true_positives, self._counts[self.wrong]
        return self._at_thresholds(divide_or_zero(right, right + wrong))

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal metric."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    """Share of the positive predictions that are right: `tp / (tp + fp)`.

    Args:
        thresholds: what a prediction must be above to be positive, 0.5 by default; a list gives
            a share for each.
        top_k: if given, the k largest predictions of a sample are the positive ones.
        class_id: if given, only this class counts.
        name: name.
        dtype: type of the state.

    Example:
        >>> round(float(K.eval(Precision()([0, 1, 1, 1], [1, 0, 1, 1]))), 3)
        0.667
    """

    wrong = _FP

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(thresholds, top_k, class_id, name, dtype)
        self.false_positives = self._counts[_FP]


class Recall(_Share):
    """Share of the positive targets that are found: `tp / (tp + fn)`.

    Args:
        thresholds: what a prediction must be above to be positive, 0.5 by default; a list gives
            a share for each.
        top_k: if given, the k largest predictions of a sample are the positive ones.
        class_id: if given, only this class counts.
        name: name.
        dtype: type of the state.
    """

    wrong = _FN

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(thresholds, top_k, class_id, name, dtype)
        self.false_negatives = self._counts[_FN]


def _spread(number: int) -> list[float]:
    """Return `number - 2` thresholds at equal distances between 0 and 1."""
    return [(i + 1) / (number - 1) for i in range(number - 2)]


class _Curve(_Counts):
    """Base of metrics that need all four counts at many thresholds."""

    def __init__(self, thresholds: list[float], name: str | None, dtype: str | None) -> None:
        super().__init__((_TP, _TN, _FP, _FN), thresholds, name, dtype)
        self.true_positives, self.true_negatives = self._counts[_TP], self._counts[_TN]
        self.false_positives, self.false_negatives = self._counts[_FP], self._counts[_FN]

    def _sensitivity(self) -> Any:
        return divide_or_zero(self.true_positives, self.true_positives + self.false_negatives)

    def _specificity(self) -> Any:
        return divide_or_zero(self.true_negatives, self.true_negatives + self.false_positives)


class SensitivitySpecificityBase(_Curve):
    """Base of `SensitivityAtSpecificity` and `SpecificityAtSensitivity`.

    Args:
        value: what the one is wished to be; at the threshold where it is closest, the other is
            the result.
        num_thresholds: number of thresholds.
        name: name.
        dtype: type of the state.
    """

    wish: str

    def __init__(
        self,
        value: float,
        num_thresholds: int = 200,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"`{self.wish}` must be in the range [0, 1]; got {value}.")
        if num_thresholds <= 0:
            raise ValueError(f"`num_thresholds` must be > 0; got {num_thresholds}.")
        limits = [0.5] if num_thresholds == 1 else [0.0, *_spread(num_thresholds), 1.0]
        super().__init__(limits, name, dtype)
        self.value = value
        self.num_thresholds = num_thresholds

    def result(self) -> Any:
        """Return the value at the threshold that comes closest to the wish."""
        pair = self._specificity(), self._sensitivity()
        wished, answer = pair if self.wish == "specificity" else pair[::-1]
        return K.gather(answer, K.argmin(K.abs(wished - self.value), axis=0))

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal metric."""
        own = {"num_thresholds": self.num_thresholds, self.wish: self.value}
        return {**super().get_config(), **own}


class SensitivityAtSpecificity(SensitivitySpecificityBase):
    """Sensitivity `tp / (tp + fn)` where specificity `tn / (tn + fp)` is about a given one.

    Args:
        specificity: the wished specificity, from 0 to 1.
        num_thresholds: number of thresholds that are tried.
        name: name.
        dtype: type of the state.
    """

    wish = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, name, dtype)
        self.specificity = specificity


class SpecificityAtSensitivity(SensitivitySpecificityBase):
    """Specificity `tn / (tn + fp)` where sensitivity `tp / (tp + fn)` is about a given one.

    Args:
        sensitivity: the wished sensitivity, from 0 to 1.
        num_thresholds: number of thresholds that are tried.
        name: name.
        dtype: type of the state.
    """

    wish = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, name, dtype)
        self.sensitivity = sensitivity


class AUC(_Curve):
    """Area under a curve: how well predictions tell the classes apart, at any threshold.

    The ROC curve has the rate of false positives on the x axis and recall on the y axis; the PR
    curve has recall and precision. The area is a sum over the intervals between thresholds.

    Args:
        num_thresholds: number of thresholds.
        curve: "ROC" or "PR".
        summation_method: "interpolation" (straight lines for ROC; for PR the counts are
            interpolated, not precision), "minoring" (the lower end of each interval) or
            "majoring" (the upper end).
        name: name.
        dtype: type of the state.
        thresholds: thresholds between 0 and 1, in the place of `num_thresholds`.

    See: Davis & Goadrich, https://doi.org/10.1145/1143844.1143874
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Any = "ROC",
        summation_method: Any = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Any = None,
    ) -> None:
        if thresholds is None:
            if num_thresholds <= 1:
                raise ValueError(f"`num_thresholds` must be > 1; got {num_thresholds}.")
            inner = _spread(num_thresholds)
        else:
            inner = sorted(parse_init_thresholds(list(thresholds)))
        self.num_thresholds = len(inner) + 2
        self.curve = curve if isinstance(curve, AUCCurve) else AUCCurve.from_str(curve)
        self.summation_method = (
            summation_method
            if isinstance(summation_method, AUCSummationMethod)
            else AUCSummationMethod.from_str(summation_method)
        )
        # A little more than 0 to 1, so that predictions of just 0 or 1 are inside.
        super().__init__([-K.epsilon(), *inner, 1.0 + K.epsilon()], name, dtype)

    def interpolate_pr_auc(self) -> Any:
        """Return the area under the PR curve, with counts as straight lines in each interval.

        From threshold B to the lower A, let tp and the positive predictions p = tp + fp go along
        a line, tp = slope * p + intercept. Then precision is tp / p, and the area
        `slope * (dtp + intercept * log(p_A / p_B)) / (tp + fn)`; where p_B is 0, precision is
        constant and the logarithm left out.
        """
        tp, p = self.true_positives, self.true_positives + self.false_positives
        low, high = p[:-1], p[1:]
        dtp = tp[:-1] - tp[1:]
        slope = divide_or_zero(dtp, K.maximum(low - high, 0.0))
        intercept = tp[1:] - slope * high
        both = K.greater(low, 0.0) & K.greater(high, 0.0)
        ratio = K.switch(both, low / high, K.ones_like(high))
        area = slope * (dtp + intercept * K.log(ratio))
        return K.sum(divide_or_zero(area, tp[1:] + self.false_negatives[1:]))

    def result(self) -> Any:
        """Return the area."""
        method = self.summation_method
        recall = self._sensitivity()
        if self.curve is AUCCurve.ROC:
            negatives = self.false_positives + self.true_negatives
            x, y = divide_or_zero(self.false_positives, negatives), recall
        elif method is AUCSummationMethod.INTERPOLATION:
            return self.interpolate_pr_auc()
        else:
            positives = self.true_positives + self.false_positives
            x, y = recall, divide_or_zero(self.true_positives, positives)
        if method is AUCSummationMethod.INTERPOLATION:
            heights = (y[:-1] + y[1:]) / 2.0
        elif method is AUCSummationMethod.MINORING:
            heights = K.minimum(y[:-1], y[1:])
        else:
            heights = K.maximum(y[:-1], y[1:])
        return K.sum((x[:-1] - x[1:]) * heights)

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal metric."""
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve.value,
            "summation_method": self.summation_method.value,
            "thresholds": self.thresholds[1:-1],
        }

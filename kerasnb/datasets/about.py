"""What is known about a data set: `kerasnb.datasets.info`."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .boston_housing import FEATURE_NAMES
from .catalog import CATALOG
from .classes import CLASSES, COARSE
from .editions import chosen, in_cache


@dataclass(frozen=True)
class Info:
    """What is known about the edition of a data set that `load_data()` loads now.

    Attributes:
        name: the module in `kerasnb.datasets`.
        title: its name as people write it.
        edition: 'full' or 'mini'.
        synthetic: whether this edition was made up, and is no part of the real data.
        train, test: numbers of samples, with the loader's own arguments.
        editions: the same for each edition.
        classes: names of the classes in 'en' and 'zh'; the label is the place in the tuple.
        coarse_classes: those of CIFAR-100's groups.
        features: names of the columns.
        licence: of this edition.
        source: where this edition comes from.
        problems: what to know before drawing conclusions.
    """

    name: str
    title: str
    edition: str
    synthetic: bool
    train: int
    test: int
    editions: dict[str, tuple[int, int]]
    classes: dict[str, tuple[str, ...]]
    coarse_classes: dict[str, tuple[str, ...]]
    features: tuple[str, ...]
    licence: str
    source: str
    problems: tuple[str, ...]

    def __str__(self) -> str:
        kind = "SYNTHETIC" if self.synthetic else "genuine"
        lines = [
            f"{self.title}: {self.edition} edition, {kind}, {self.train} + {self.test} samples"
        ]
        for field in fields(self)[6:]:
            value = getattr(self, field.name)
            if not value:
                continue
            if isinstance(value, dict):
                lines += [f"  {field.name}[{key!r}]: {_short(value[key])}" for key in value]
            elif field.name == "problems":
                lines += [f"  problem: {problem}" for problem in value]
            else:
                lines.append(f"  {field.name}: {_short(value)}")
        return "\n".join(lines)


def info(name: str) -> Info:
    """Return what is known about a data set.

    Args:
        name: 'mnist', 'fashion_mnist', 'cifar10', 'cifar100', 'imdb', 'reuters' or
            'boston_housing'.

    Raises:
        ValueError: if there is no such data set.

    Example:
        >>> info("fashion_mnist").classes["en"][9]
        'Ankle boot'
        >>> info("boston_housing").synthetic
        False
    """
    if name not in CATALOG:
        raise ValueError(f"There is no data set {name!r}; there are {', '.join(CATALOG)}.")
    dataset, wish = CATALOG[name], chosen(None)
    full = wish == "full" or (wish == "auto" and in_cache(dataset) is not None)
    full = full or dataset.complete
    train, test = dataset.full if full else dataset.mini
    return Info(
        name=name,
        title=dataset.title,
        edition="full" if full else "mini",
        synthetic=dataset.synthetic and not full,
        train=train,
        test=test,
        editions={"full": dataset.full, "mini": dataset.mini},
        classes=CLASSES.get(name, {}),
        coarse_classes=COARSE if name == "cifar100" else {},
        features=FEATURE_NAMES if name == "boston_housing" else (),
        licence="see its makers" if full and not dataset.complete else dataset.licence,
        source=dataset.full_source if full and not dataset.complete else dataset.source,
        problems=dataset.problems,
    )


def _short(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)

"""Cases of the poolings."""

from tests.layers.contract import Case


def windows(rank):
    """Return new cases of a pooling over windows."""
    if rank == 1:
        return [
            Case((6, 2)),
            Case((7, 2), {"pool_size": 3, "strides": 2}),
            Case((7, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
        ]
    if rank == 2:
        return [
            Case((4, 6, 2)),
            Case((5, 6, 2), {"pool_size": (2, 3), "strides": (1, 2)}),
            Case((5, 6, 2), {"pool_size": 3, "strides": 2, "padding": "same"}),
            Case((5, 4, 1), {"pool_size": 2, "strides": 3, "padding": "same"}),
        ]
    return [
        Case((4, 2, 4, 2)),
        Case((3, 4, 3, 2), {"pool_size": (2, 3, 2), "strides": 2, "padding": "same"}),
    ]


CASES = {
    f"{kind}Pooling{rank}D": windows(rank) for kind in ("Max", "Average") for rank in (1, 2, 3)
} | {
    f"Global{kind}Pooling{rank}D": [
        Case(shape, mask="stopped" if (kind, rank) == ("Average", 1) else "refused")
    ]
    for kind in ("Max", "Average")
    for rank, shape in ((1, (5, 3)), (2, (3, 4, 2)), (3, (2, 3, 2, 2)))
}

"""Cases of the embedding."""

from tests.layers.contract import Case

CASES = {
    "Embedding": [
        Case((5,), {"input_dim": 7, "output_dim": 3}, words=7, mask="stopped"),
        Case((5,), {"input_dim": 7, "output_dim": 3, "input_length": 5}, words=7, mask="stopped"),
        Case((5,), {"input_dim": 7, "output_dim": 3, "mask_zero": True}, words=7,
             mask=lambda masks, inputs: inputs[0] != 0),
        Case((2, 3), {"input_dim": 4, "output_dim": 2, "embeddings_regularizer": "l2"}, words=4,
             mask="stopped"),
    ]
}  # fmt: skip

"""What Keras 1 called things, for programs that were written for it."""

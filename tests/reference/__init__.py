"""What real Keras computes and prints, and the programs that were run to know it."""

"""Random models, computed by kerasnb and by tf_keras: `python -m tests.differential --help`."""

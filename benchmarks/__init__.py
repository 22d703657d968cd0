"""kerasnb beside its peers: the same models, the same data, in turn on the same cores.

    python -m benchmarks                                   everything, all peers: 40 minutes
    python -m benchmarks --peers torch mlp conv1d          one peer, two workloads
    python -m benchmarks extras                            prediction of one sample, files, texts
    python -m benchmarks growth                            cost with depth, batch, sequence, models
    python -m benchmarks --env torch=path/to/python        an environment that exists already
    python -m benchmarks --rounds 0                        only write the page again

Each peer lives in a virtual environment of its own, made when it is first needed. Each measurement
is a process of its own (`worker.py`); the peers take turns, several times over. What is measured
replaces its part in `results.json`; all that this file has is written to `RESULTS.md`.
"""

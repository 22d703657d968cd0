"""kerasnb beside its peers: the same models, the same data, in turn on the same cores.

    python -m benchmarks                                   all workloads, all peers
    python -m benchmarks --peers torch mlp                 one peer, one workload
    python -m benchmarks --env torch=path/to/python        an environment that exists already

Each peer lives in a virtual environment of its own, made when it is first needed. Each measurement
is a process of its own (`worker.py`); the peers take turns, several times over. The table is
printed and written to `benchmarks/RESULTS.md`.
"""

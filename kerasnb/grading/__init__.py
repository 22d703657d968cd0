"""Grading a folder of notebooks, each in a process of its own: what `kerasnb grade` does.

`notebooks` knows assignments and their student versions, `collect` finds what was handed in,
`inside` runs one notebook under limits, `process` keeps it in bounds from outside, `several` does
many at once, on this machine or on a Dask cluster, `feedback` writes what came out.
"""

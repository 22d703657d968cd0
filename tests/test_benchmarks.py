"""The benchmarks run, and their page says what was measured. No times are tested."""

import ast
import sys
from pathlib import Path

import benchmarks
from benchmarks.processes import all_cores, run
from benchmarks.report import Results
from benchmarks.workloads import WORKLOADS

QUANTITIES = ["import", "first batch", "start to first batch", "wall", "cpu", "memory"]
MACHINE = {"gflops": 123.4, "processor": "P", "system": "S", "python": "3", "numpy": "2"}


def test_kerasnb_is_measured():
    measurement = run(sys.executable, "benchmarks.worker", ["kerasnb", "mlp_small"], all_cores())
    assert all(measurement[quantity] > 0 for quantity in QUANTITIES)


def test_every_workload_has_a_torch_model():
    source = Path(benchmarks.__file__).with_name("torch_models.py").read_text("utf-8")
    functions = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    assert functions == set(WORKLOADS)


def test_page():
    """Medians, spreads and ratios, by hand."""
    results = Results()
    for peer, seconds in {"kerasnb": (2, 1, 3), "tf_keras": (5, 4, 5), "torch": (9, 9, 9)}.items():
        for value in seconds:
            measurement = dict.fromkeys(QUANTITIES, value) | {"version": "1.0"}
            results.add("mlp", 1, peer, measurement)
    page = results.page({1: MACHINE}, "python -m benchmarks mlp")
    assert "kerasnb 1.0, tf_keras 1.0, torch 1.0" in page
    assert "runs at 123 GFLOP/s on 1 core." in page
    assert "|     | kerasnb      | tf_keras    | torch     | / tf_keras | / torch | goal |" in page
    assert "| mlp | 2000 +- 1000 | 5000 +- 500 | 9000 +- 0 | 0.40       | 0.22    | 0.9  |" in page
    assert "| mlp | 2.00 +- 1.00 | 5.00 +- 0.50 | 9.00 +- 0.00 | 0.40       | 0.22    |" in page

"""Measures wardround, and other tools beside it: ``python -m benchmarks`` (see docs/benchmarks.md)."""

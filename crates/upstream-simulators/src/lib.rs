//! Simulated vendors for tests and the demo.

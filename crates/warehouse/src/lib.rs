//! The DuckDB warehouse: one writer, published generations, the series file.

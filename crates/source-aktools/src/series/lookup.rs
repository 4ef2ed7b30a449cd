//! Series and functions by name.

use super::{SERIES, SeriesSpec};

/// The series of that name.
pub fn series_named(name: &str) -> Option<&'static SeriesSpec> {
    SERIES.iter().find(|spec| spec.name == name)
}

/// Every akshare function that holds a series, each once, in the order of [`SERIES`].
pub fn functions() -> Vec<&'static str> {
    let mut functions: Vec<&'static str> = Vec::new();
    for spec in SERIES {
        if !functions.contains(&spec.function) {
            functions.push(spec.function);
        }
    }
    functions
}

/// The function of that name, if it holds a series.
pub(crate) fn function_named(name: &str) -> Option<&'static str> {
    SERIES.iter().map(|spec| spec.function).find(|function| *function == name)
}

/// The series of one function, in the order of [`SERIES`].
pub(crate) fn series_of(function: &str) -> impl Iterator<Item = &'static SeriesSpec> {
    SERIES.iter().filter(move |spec| spec.function == function)
}

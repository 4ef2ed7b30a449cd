//! The closed sets of values a data route takes: layer, adjustment, format. The first of each is the default.

use market_model::Adjust;

/// Which layer of the warehouse answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// One row per code and day: the chosen source, adjusted.
    Curated,
    /// Every vendor's row in our units, with its lineage.
    Normalized,
    /// The vendor's own rows, verbatim.
    Raw,
}

impl Layer {
    pub(crate) const ALL: [(&'static str, Self); 3] =
        [("curated", Self::Curated), ("normalized", Self::Normalized), ("raw", Self::Raw)];

    pub(crate) fn name(self) -> &'static str {
        name_of(&Self::ALL, self)
    }
}

/// The bases of prices, the default first.
pub(crate) const ADJUSTMENTS: [(&str, Adjust); 3] =
    [("qfq", Adjust::Qfq), ("hfq", Adjust::Hfq), ("none", Adjust::None)];

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Csv,
    Arrow,
    Parquet,
}

impl Format {
    pub(crate) const ALL: [(&'static str, Self); 4] =
        [("json", Self::Json), ("csv", Self::Csv), ("arrow", Self::Arrow), ("parquet", Self::Parquet)];

    pub(crate) fn name(self) -> &'static str {
        name_of(&Self::ALL, self)
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// The end of a file name that holds it.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Arrow => "arrows",
            other => other.name(),
        }
    }
}

fn name_of<T: Copy + PartialEq>(all: &[(&'static str, T)], value: T) -> &'static str {
    all.iter().find(|(_, other)| *other == value).map_or("", |(name, _)| name)
}

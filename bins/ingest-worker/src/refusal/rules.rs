//! The quality rule that an answer breaks which is refused whole: its columns are not what they were, or its unit does not
//! fit. No rule where the vendor said no, or said nothing.

use quality_rules::{
    RuleInfo,
    rules::{batch_drift, unit_consistency},
};
use source_aktools::AktoolsError;
use source_alpha_vantage::AlphaVantageError;
use source_tdx::TdxError;
use source_tushare::TushareError;
use source_yahoo::YahooError;

type Rule = Option<&'static RuleInfo>;

pub(super) fn tushare(error: &TushareError) -> Rule {
    match error {
        TushareError::ColumnsChanged { .. } => Some(&batch_drift::INFO),
        TushareError::UnitMismatch { .. } => Some(&unit_consistency::INFO),
        _ => None,
    }
}

pub(super) fn tdx(error: &TdxError) -> Rule {
    matches!(error, TdxError::UnitMismatch { .. }).then_some(&unit_consistency::INFO)
}

pub(super) fn aktools(error: &AktoolsError) -> Rule {
    match error {
        AktoolsError::ColumnsChanged { .. } | AktoolsError::ColumnsMislabelled { .. } => Some(&batch_drift::INFO),
        AktoolsError::UnitMismatch { .. } => Some(&unit_consistency::INFO),
        _ => None,
    }
}

pub(super) fn yahoo(error: &YahooError) -> Rule {
    match error {
        YahooError::ShapeChanged { .. } | YahooError::WrongGranularity { .. } => Some(&batch_drift::INFO),
        YahooError::UnitMismatch { .. } => Some(&unit_consistency::INFO),
        _ => None,
    }
}

pub(super) fn alpha_vantage(error: &AlphaVantageError) -> Rule {
    match error {
        AlphaVantageError::ShapeChanged { .. } => Some(&batch_drift::INFO),
        AlphaVantageError::UnitMismatch { .. } => Some(&unit_consistency::INFO),
        _ => None,
    }
}

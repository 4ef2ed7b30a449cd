//! What holds for every provider, after its own rows: words that several share, then statuses.

use route_policy::{Meter, Verdict};

use super::{
    row::{
        Row,
        Status::{Any, From, Is},
    },
    said::Form,
};

/// Fits always. A success that was judged all the same was no sense at all.
pub(super) const LAST: Row = Row::new("unknown", Any, Verdict::Broken);

pub(super) const ROWS: &[Row] = &[
    // A page is of something between us and the provider, whatever its status says about keys or paths.
    Row::new("page-rate", Is(429), Verdict::Wait(Meter::Unknown)).form(Form::Html),
    Row::new("page-busy", Is(503), Verdict::Overloaded).form(Form::Html),
    Row::new("page-path", Is(404), Verdict::Misconfigured).form(Form::Html),
    Row::new("page-too-large", Is(413), Verdict::CallerFault).form(Form::Html),
    Row::new("page", Any, Verdict::Broken).form(Form::Html),
    Row::new("content-words", From(400, 499), Verdict::Content).codes(&[
        "content_filter",
        "content_policy_violation",
        "data_inspection_failed",
        "sensitive_words_detected",
    ]),
    Row::new("context-length", From(400, 499), Verdict::CallerFault).codes(&["context_length_exceeded"]),
    Row::new("model-missing-words", From(400, 499), Verdict::ModelMissing).codes(&["model_not_found", "ModelNotFound"]),
    Row::new("model-missing-text", From(400, 404), Verdict::ModelMissing).texts(&[
        "model does not exist",
        "model not exist",
        "model not found",
        "no such model",
        "does not exist or you do not have access",
    ]),
    Row::new("balance-text", From(402, 429), Verdict::AccountParked).texts(&[
        "insufficient balance",
        "balance is insufficient",
        "余额不足",
        "欠费",
        "in arrears",
    ]),
    Row::new("caller-words", Is(400), Verdict::CallerFault)
        .codes(&["invalid_request_error", "invalid_parameter_error"]),
    Row::new("overloaded-words", Any, Verdict::Overloaded).codes(&["overloaded_error", "overloaded"]),
    Row::new("rate-words", Any, Verdict::Wait(Meter::Unknown)).codes(&[
        "rate_limit_exceeded",
        "rate_limit_error",
        "rate_limit",
    ]),
    Row::new("redirect", From(300, 399), Verdict::Misconfigured),
    Row::new("unauthorized", Is(401), Verdict::KeyDead),
    Row::new("payment", Is(402), Verdict::AccountParked),
    Row::new("forbidden", Is(403), Verdict::ModelDenied),
    Row::new("path", From(404, 405), Verdict::Misconfigured),
    Row::new("timeout", Is(408), Verdict::Broken),
    Row::new("conflict", Is(409), Verdict::Overloaded),
    Row::new("gone", Is(410), Verdict::ModelMissing),
    Row::new("too-early", Is(425), Verdict::Overloaded),
    Row::new("rate", Is(429), Verdict::Wait(Meter::Unknown)),
    Row::new("client-closed", Is(499), Verdict::Broken),
    Row::new("caller", From(400, 498), Verdict::CallerFault),
    Row::new("busy", Is(503), Verdict::Overloaded),
    Row::new("site-overloaded", Is(529), Verdict::Overloaded),
    Row::new("server", From(500, 599), Verdict::Broken),
    LAST,
];

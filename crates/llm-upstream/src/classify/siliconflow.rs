//! SiliconFlow's refusals: no `error` object, `{code, message, data}` or bare text.
//! Source: docs.siliconflow.cn (error handling, rate limits) and issue threads that quote bodies.

use route_policy::{Meter, Verdict};

use super::row::{
    Row,
    Status::{Any, Is},
};

pub(super) const ROWS: &[Row] = &[
    Row::new("siliconflow-model-missing", Is(400), Verdict::ModelMissing).codes(&["20012"]),
    Row::new("siliconflow-model-off", Is(403), Verdict::ModelMissing).texts(&["model disabled", "model is disabled"]),
    Row::new("siliconflow-caller", Is(400), Verdict::CallerFault).codes(&["20*"]),
    Row::new("siliconflow-token", Is(401), Verdict::KeyDead),
    Row::new("siliconflow-balance", Any, Verdict::AccountParked).codes(&["30001"]),
    // Real-name checks and permissions are the account's too: another key of it would fare no better.
    Row::new("siliconflow-account", Is(403), Verdict::AccountParked),
    Row::new("siliconflow-path", Is(404), Verdict::Misconfigured).texts(&["404 page not found"]),
    Row::new("siliconflow-rpm", Is(429), Verdict::Wait(Meter::Requests)).texts(&[
        "rpm limit",
        "rph limit",
        "rpd limit",
    ]),
    Row::new("siliconflow-tpm", Is(429), Verdict::Wait(Meter::Tokens)).texts(&["tpm limit", "tpd limit"]),
    // Images per minute or day: requests of another kind.
    Row::new("siliconflow-ipm", Is(429), Verdict::Wait(Meter::Requests)).texts(&["ipm limit", "ipd limit"]),
    Row::new("siliconflow-rate", Any, Verdict::Wait(Meter::Unknown)).codes(&["50602", "50603", "50604"]),
    Row::new("siliconflow-overloaded", Any, Verdict::Overloaded).codes(&["50505"]),
    Row::new("siliconflow-busy", Is(503), Verdict::Overloaded),
];

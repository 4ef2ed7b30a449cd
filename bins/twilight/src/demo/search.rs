//! Somebody searches the web: engines are merged, the cache answers, an engine that shows a CAPTCHA is left out, and the
//! eleventh search of a minute is refused.

mod configuration;
mod run;

pub(super) use configuration::{api, text as configuration};
pub(super) use run::{Searched, run};

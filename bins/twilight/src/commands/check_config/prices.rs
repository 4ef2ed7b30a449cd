//! The file of prices, read as the gateway reads it.

use std::{io, path::Path};

use daemon_kit::config::GatewayDefaultPrice;
use route_policy::{Cny, DefaultPrice, PriceFile};

use super::findings::Findings;

const KEY: &str = "gateway-proxy.prices";

pub(super) fn check(path: &Path, default: GatewayDefaultPrice, findings: &mut Findings) {
    let default =
        DefaultPrice { input: Cny::from_nano(default.input.nano()), output: Cny::from_nano(default.output.nano()) };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            if let Err(bad) = PriceFile::parse(&text, default) {
                findings.error(KEY, format!("{}, {bad}", path.display()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = format!("{} does not exist: every model costs the default price", path.display());
            findings.warning(KEY, text);
        }
        Err(error) => findings.error(KEY, format!("read {}: {error}", path.display())),
    }
}

//! The profile registry's part of the demo's configuration.

use std::{net::SocketAddr, path::Path};

use upstream_simulators::WechatPay;

use super::run::{AMOUNT_FEN, PRODUCT};
use crate::demo::gateway;

/// The operators' token; it opens nothing outside this demo.
pub(crate) const ADMIN_TOKEN: &str = "twilight-demo-registry-token";

/// One product, sold by one merchant; the registry (`listen`) stands between the gateway and the warehouse's API.
pub(crate) fn text(folder: &Path, [gateway, api, listen]: [SocketAddr; 3], wechat: &WechatPay, key: &Path) -> String {
    let (state, model, gateway_token) = (folder.join("registry"), gateway::MODEL, gateway::ADMIN_TOKEN);
    let state = state.display();
    format!(
        r#"
[profile-registry]
listen = "{listen}"
state = "{state}"
admin_token = "{ADMIN_TOKEN}"
gateway_url = "http://{gateway}"
gateway_token = "{gateway_token}"
agents_warehouse_url = "http://{api}"

[[profile-registry.products]]
name = "{PRODUCT}"
template = "template-stock-research-pro"
amount_fen = {AMOUNT_FEN}
model = "{model}"
channel = "weixin"
"#
    ) + &wechat.configuration(&key.display().to_string())
}

//! The TDX servers.

use std::sync::Arc;

use daemon_kit::{clock::Clock, config::TdxConfig};
use source_tdx::{Client, ClientConfig};

use super::Tdx;

pub(super) fn client(config: &TdxConfig, requests_per_second: f64, clock: &Clock) -> Arc<Tdx> {
    let mut client = ClientConfig::new(config.servers.clone());
    client.connect_timeout = config.connect_timeout;
    client.read_timeout = config.read_timeout;
    client.requests_per_second_per_server = config.requests_per_second;
    client.connections_per_server = config.connections_per_server;
    client.max_attempts = config.max_attempts;
    client.cooldown = config.cooldown;
    let servers = config.servers.len();
    let clock = clock.clone();
    Arc::new(Tdx {
        client: Client::new(client, Arc::new(move || clock.now())),
        connections: (servers * config.connections_per_server).max(1),
        requests_per_second,
    })
}

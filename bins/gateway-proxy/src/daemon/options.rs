//! From the configuration to the router's own options.

use daemon_kit::config::{GatewayConfig, GatewayRouting, ProfileCapMode, Yuan};
use route_policy::{Cny, DefaultPrice, ProfileCaps, RouterOptions, Strategy};

pub(super) fn router(config: &GatewayConfig) -> RouterOptions {
    RouterOptions {
        strategy: match config.routing {
            GatewayRouting::RoundRobin => Strategy::RoundRobin,
            GatewayRouting::Weighted => Strategy::Weighted,
        },
        recovery_every: config.recovery_every,
        probe_every: config.probe_every,
        max_wait: config.max_wait,
        max_waiting: config.max_waiting,
        max_waiting_per_profile: config.max_waiting_per_profile,
        lease_block: cny(config.lease_block),
        profile_caps: match config.profile_caps {
            ProfileCapMode::Log => ProfileCaps::Log,
            ProfileCapMode::Enforce => ProfileCaps::Enforce,
        },
        ..RouterOptions::default()
    }
}

pub(super) fn default_price(config: &GatewayConfig) -> DefaultPrice {
    DefaultPrice { input: cny(config.default_price.input), output: cny(config.default_price.output) }
}

fn cny(amount: Yuan) -> Cny {
    Cny::from_nano(amount.nano())
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::{Config, Environment};

    use super::*;

    #[test]
    fn an_empty_configuration_means_the_routers_own_defaults() {
        let config = Config::from_toml("", "test", &Environment::default()).unwrap().gateway_proxy().unwrap();
        assert_eq!(router(&config), RouterOptions::default());
        let default = DefaultPrice { input: Cny::from_yuan(10), output: Cny::from_yuan(40) };
        assert_eq!(default_price(&config), default);
    }
}

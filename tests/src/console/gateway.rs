//! A gateway with five channels whose pages show traffic.

use std::time::Duration;

use serde_json::json;
use upstream_simulators::{LlmFault, LlmPrice, LlmRefusal};

use super::Scale;
use crate::gateway::{Caller, Gateway, GatewaySettings, GatewayStage};

/// The one model there is.
pub const MODEL: &str = "qwen-plus";
const CHANNELS: usize = 5;
const PROFILES: [&str; 2] = ["lao-wang", "stock-pro-7"];

/// A running gateway, and profiles that have asked it.
pub struct GatewaySite {
    /// What it stands on.
    pub stage: GatewayStage,
    /// It.
    pub gateway: Gateway,
    /// Profiles with a token.
    pub callers: [Caller; 2],
}

impl GatewaySite {
    /// Starts it and asks it some things. For a picture more, of which one key cannot answer any more.
    pub async fn start(scale: Scale) -> Self {
        let mut settings = GatewaySettings::keys(CHANNELS);
        settings.budget = "5".to_owned();
        (settings.rpm, settings.tpm) = (600, 1_000_000);
        // Yuan per million tokens: 20, 4 and 60.
        settings.llm.price = LlmPrice { input: 20_000, cached_input: 4_000, output: 60_000 };
        if scale.is_for_pictures {
            settings.llm.answer.head_delay = Duration::from_millis(40);
        }
        let stage = GatewayStage::new(settings).await;
        let gateway = stage.gateway().await;
        let callers = [gateway.caller(PROFILES[0]).await, gateway.caller(PROFILES[1]).await];
        let site = Self { stage, gateway, callers };
        for number in 0..scale.calls {
            if scale.is_for_pictures && number == scale.calls * 2 / 3 {
                site.stage.llm.faults().always("key-3", LlmFault::Refuse(LlmRefusal::Arrears));
            }
            let prompt = format!("[[tokens:{}]] How did the market close?", 300 + number * 37 % 1_400);
            let more = json!({"max_tokens": 2_000, "stream": number % 3 == 0, "messages": [{"role": "user", "content": prompt}]});
            let said = site.callers[usize::from(number % 5 > 2)].chat(more).await;
            assert_eq!(said.status, 200, "{}", said.text);
        }
        // A request that was refused is a record too.
        let refused = site.callers[0].chat(json!({"model": "no-such-model"})).await;
        assert_ne!(refused.status, 200);
        site.gateway.is_idle().await;
        site
    }

    /// The channels that answered `count` requests, with how many each.
    pub async fn answers(&self, count: usize) -> std::collections::BTreeMap<String, usize> {
        let mut by_channel = std::collections::BTreeMap::new();
        for _ in 0..count {
            let said = self.callers[0].chat(json!({})).await;
            assert_eq!(said.status, 200, "{}", said.text);
            *by_channel.entry(said.channel().to_owned()).or_default() += 1;
        }
        by_channel
    }
}

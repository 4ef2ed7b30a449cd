//! How requests are relayed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use daemon_kit::config::{GatewayConfig, OnDisconnect};

/// How long an exchange is read on after its caller has gone.
const DRAIN_FOR: Duration = Duration::from_secs(30);
/// How long a caller may take to send its request's body.
const BODY_WITHIN: Duration = Duration::from_secs(60);

/// What of `[gateway-proxy]` the relay goes by.
#[derive(Clone, Debug)]
pub(crate) struct RelayOptions {
    /// Largest request, bytes.
    pub(crate) max_body: usize,
    /// How long a caller may take to send it.
    pub(crate) body_within: Duration,
    /// Answers up to this size are held until they are whole, bytes.
    pub(crate) hold: usize,
    /// How long a request may wait for its turn, all its attempts together.
    pub(crate) max_wait: Duration,
    /// How long a stream may go without content before another channel is tried.
    pub(crate) content_within: Duration,
    /// What happens to an exchange whose caller has gone.
    pub(crate) on_disconnect: OnDisconnect,
    /// How long it is read on.
    pub(crate) drain_for: Duration,
    /// After how long an endpoint that did not know a model is asked for it again.
    pub(crate) recovery_every: Duration,
    /// Output tokens of a request without a bound of its own, where its model has none either.
    pub(crate) default_max_output_tokens: u64,
    /// Output tokens of a request without a bound of its own, by the callers' name of the model.
    pub(crate) max_output_tokens: HashMap<Arc<str>, u64>,
}

impl RelayOptions {
    /// The cap that a request for `model` is sent with when it has none.
    pub(crate) fn output_cap(&self, model: &str) -> u64 {
        self.max_output_tokens.get(model).copied().unwrap_or(self.default_max_output_tokens)
    }
}

impl From<&GatewayConfig> for RelayOptions {
    fn from(config: &GatewayConfig) -> Self {
        let models = config.models.iter();
        Self {
            max_body: config.max_body_bytes,
            body_within: BODY_WITHIN,
            hold: config.hold_bytes,
            max_wait: config.max_wait,
            content_within: config.first_byte_timeout,
            on_disconnect: config.on_disconnect,
            drain_for: DRAIN_FOR,
            recovery_every: config.recovery_every,
            default_max_output_tokens: config.default_max_output_tokens,
            max_output_tokens: models.map(|model| (model.name.as_str().into(), model.max_output_tokens)).collect(),
        }
    }
}

//! A day's money, channel by channel.

use route_policy::Cny;

/// A channel's money on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelTotal {
    /// The channel.
    pub channel: String,
    /// What its budget has granted: counts as spent if the process dies now.
    pub leased: Cny,
    /// What requests and write-offs account for.
    pub charged: Cny,
    /// Of this, estimated, written off included.
    pub estimated: Cny,
    /// Of this, written off after crashes.
    pub written_off: Cny,
}

//! Simulated vendors for tests and the demo.
//!
//! A [`Market`] holds the truth; a server in front of it speaks the vendor's language, byte by byte, and misbehaves on
//! request. Tests change the state (the market, the faults, the clock), never the HTTP.

pub mod aktools;
pub mod alerts;
pub mod alpha_vantage;
mod clock;
mod http;
mod json;
pub mod llm;
mod market;
pub mod searxng;
mod symbol_vendor;
pub mod tdx;
pub mod tushare;
pub mod vendors;
pub mod wechat_pay;
mod world;
pub mod yahoo;

pub use aktools::{AktoolsCalls, AktoolsFault, AktoolsFaults, AktoolsOptions, AktoolsServer};
pub use alerts::{AlertFault, AlertForm, AlertReceiver, ReceivedAlert};
pub use alpha_vantage::{AlphaVantageFault, AlphaVantageFaults, AlphaVantageOptions, AlphaVantageServer};
pub use clock::{Clock, SimClock, from_shanghai, to_shanghai};
pub use llm::{
    FastLlm, FastOptions, LlmAnswer, LlmBook, LlmCall, LlmCalls, LlmDialect, LlmEndpoint, LlmFault, LlmFaultRule,
    LlmFaults, LlmKey, LlmLimits, LlmOptions, LlmPrice, LlmRefusal, LlmServer,
};
pub use market::{Market, MarketSpec};
pub use searxng::{
    EngineFailure, SearxngCall, SearxngCalls, SearxngEngine, SearxngFault, SearxngFaultRule, SearxngFaults,
    SearxngGate, SearxngOptions, SearxngPage, SearxngServer,
};
pub use symbol_vendor::{SymbolCall, SymbolCalls, SymbolFaultRule, SymbolFaults};
pub use tdx::{TdxCalls, TdxFault, TdxFaults, TdxOptions, TdxServer};
pub use tushare::{Fault, TushareFaults, TushareOptions, TushareServer};
pub use vendors::Vendors;
pub use wechat_pay::{WechatNotice, WechatPay, WechatPayment};
pub use world::{World, WorldSpec};
pub use yahoo::{YahooFault, YahooFaults, YahooOptions, YahooServer};

//! A web search over a simulated SearXNG: the gateway in front of it, a Redis for its cache, and callers.

mod configuration;
mod searcher;
mod stage;

pub use configuration::SearchSettings;
pub use searcher::{Searcher, Sought};
pub use stage::SearchStage;

//! What operators see and change: channels, prices, books, health, jobs, imports; and what outlives a restart.

mod books;
mod channels;
mod console;
mod crashes;
mod gauges;
mod health;
mod import;
mod jobs;
mod kit;
mod lifecycle;
mod prices;
mod reconcile;
mod stored;

//! What every simulated HTTP vendor needs: a socket that can go down and come back, and replies that break off.

mod reply;
mod server;

pub(crate) use reply::Reply;
pub(crate) use server::HttpServer;

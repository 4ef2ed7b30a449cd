//! The pages over real books, without a socket.

mod books;
mod channels;
mod door;
mod kit;
mod soundness;
mod spend;
mod tokens;

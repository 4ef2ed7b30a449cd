//! A gateway in this process.

mod events;
mod gateway;
mod scripted;
mod wait;

pub(crate) use events::events;
pub(crate) use gateway::{Gateway, channel, http_client};
pub(crate) use scripted::{Asked, Frames, Scripted};
pub(crate) use wait::eventually;

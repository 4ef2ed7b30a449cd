//! What the tests share.

mod answer;
mod person;
mod registry;
mod wait;
mod wechat;

pub(crate) use answer::Answer;
pub(crate) use person::{BOT_TOKEN, launch};
pub(crate) use registry::{ADMIN, Running, config};
pub(crate) use wait::eventually;
pub(crate) use wechat::{Notice, merchant};

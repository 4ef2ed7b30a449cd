//! What the tests share.

mod answer;
mod git;
mod person;
mod profiles;
mod registry;
mod wait;
mod wechat;

pub(crate) use answer::Answer;
pub(crate) use git::{Said, Work, command as git_command, git};
pub(crate) use person::{BOT_TOKEN, launch};
pub(crate) use profiles::{put, text};
pub(crate) use registry::{ADMIN, Running, config};
pub(crate) use wait::eventually;
pub(crate) use wechat::{KEY, Notice, merchant, signed_answer};

//! One file per form of a message: the body that is posted, and how the answer is read.
//!
//! | form | body | bound | accepted when |
//! |---|---|---|---|
//! | [`webhook`] | the message as JSON | none | the status is 2xx |
//! | [`wecom`] | Markdown for the robot of a WeCom (企业微信) group | 4,096 bytes, 20 a minute | the status is 2xx and `errcode` is 0 |
//! | [`telegram`] | plain text for a bot's chat | 4,096 UTF-16 units, 20 a minute | the status is 2xx and `ok` is true |

mod answer;
mod form;
pub(super) mod telegram;
#[cfg(test)]
mod tests;
pub(super) mod text;
pub(super) mod webhook;
pub(super) mod wecom;

pub(super) use answer::Answer;
pub(super) use form::Form;

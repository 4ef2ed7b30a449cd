//! A receiver of alerts: a webhook of one's own, a WeCom group robot (企业微信机器人) and a Telegram bot, on one port.
//!
//! It records what comes, answers as each of them does, and fails on request: slow, broken, too many, accepted by HTTP
//! and refused in the body, down.

mod fault;
mod form;
mod receiver;
mod record;

pub use fault::AlertFault;
pub use form::AlertForm;
pub use receiver::AlertReceiver;
pub use record::ReceivedAlert;

//! A headless Chromium, driven through chromedriver: what tests of the consoles look through.
//!
//! Pages are used as people use them: controls are found by role and accessible name, and a page is [judged](Browser::judge)
//! by what an assistive technology, a phone or a strict content policy would object to.

mod command;
mod control;
mod driver;
mod judge;
mod look;
mod page;
mod record;

pub use control::Control;
pub use look::{Look, Scheme};
pub use page::Browser;
pub use record::{Cookie, Said};

//! The engine over real folders and a registry in memory.

mod faults;
mod laws;
mod machines;
mod memory;
mod rounds;
mod site;

use super::{Choices, Mode, Task};
use memory::Memory;
use site::{Site, alice, task};

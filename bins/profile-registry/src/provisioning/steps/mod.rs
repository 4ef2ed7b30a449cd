//! One file per step: from the state in its name to the next.

mod commit;
mod deliver;
mod register;
mod seal;
mod take_back;

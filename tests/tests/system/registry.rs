//! Profiles: the registry and its command line, both as their own binaries, and the stock `git`.

mod attacks;
mod cli;
mod cli_faults;
mod clones;
mod hosts;
mod named;
mod pushes;
mod secrecy;
mod site;
mod support;
mod templates;
mod two_hosts;

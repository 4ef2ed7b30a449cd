//! Backups: taken while everything runs, proved, damaged, broken off, and restored onto hosts where nothing is.

mod broken_off;
mod damage;
mod kit;
mod lost_host;
mod storm;

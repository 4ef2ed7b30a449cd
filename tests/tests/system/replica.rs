//! Copies of what is published, by the operator's own binary and the real rsync: between folders, from an rsync daemon, and to
//! an sshd with a forced command; and what they must survive.

mod age;
mod damage;
mod drill;
mod forced;
mod kills;
mod meanwhile;
mod transfers;

//! `hermes-profile-manager`: see `--help`, which has the exit codes too.

use std::process::ExitCode;

use clap::Parser;
use hermes_profile_manager::Args;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    hermes_profile_manager::run(Args::parse()).await
}

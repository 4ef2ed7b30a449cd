//! `hermes-profile-manager`: see `--help`, which has the exit codes too.

use std::process::ExitCode;

use hermes_profile_manager::{arguments, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    run(arguments()).await
}

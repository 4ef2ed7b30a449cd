//! From a command line to an exit code.

use std::process::ExitCode;

use clap::Parser as _;

use crate::{cli::Args, context::Context, failure::Failure, output::Output};

/// Does what the command line asks for; what went wrong is said on stderr, and with `--json` on stdout too.
pub async fn run(args: Args) -> ExitCode {
    let output = Output { json: args.globals.json, quiet: args.globals.quiet };
    match carry_out(args, output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failed(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Reads the command line; where it is wrong the process ends with 2, after `{error: …}` on stdout if `--json` is on it.
pub fn arguments() -> Args {
    Args::try_parse().unwrap_or_else(|error| {
        if error.use_stderr() && std::env::args_os().any(|word| word == "--json") {
            let failure = Failure::Usage(error.to_string().trim_end().to_owned());
            Output { json: true, quiet: true }.document(&failure.to_json());
        }
        error.exit()
    })
}

async fn carry_out(args: Args, output: Output) -> Result<(), Failure> {
    let context = Context::open(args.globals, output)?;
    args.command.run(&context).await
}

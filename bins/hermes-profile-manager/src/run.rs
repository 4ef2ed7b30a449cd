//! From a command line to an exit code.

use std::process::ExitCode;

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

async fn carry_out(args: Args, output: Output) -> Result<(), Failure> {
    let context = Context::open(args.globals, output)?;
    args.command.run(&context).await
}

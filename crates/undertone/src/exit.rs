//! Exit codes: 0 done, 2 bad input, 1 internal error.

use std::fmt;
use std::process::ExitCode;
use undertone_journal::SinkError;
use undertone_models::ModelsError;

/// The input was bad; everything good in it has been reported.
#[derive(Debug)]
pub(crate) struct BadInput(pub(crate) String);

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// What the user asked for is the user's fault, everything else about models is ours.
pub(crate) fn sorted(error: ModelsError) -> anyhow::Error {
    if error.is_of_input() { BadInput(error.to_string()).into() } else { error.into() }
}

/// Says in one line on stderr what went wrong, if anything did.
pub(crate) fn report(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("undertone: {error:#}");
    if error.downcast_ref::<BadInput>().is_some() { ExitCode::from(2) } else { ExitCode::from(1) }
}

/// Whoever reads our output has seen enough (`| head`): no fault of anyone's.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
        || matches!(error.downcast_ref(), Some(SinkError::Gone))
}

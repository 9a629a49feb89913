//! The command line of `diagnose gap`.

use clap::{Args, ValueEnum};

use super::{OutputArgs, PrincipalArgs, SourceArgs};

/// `diagnose gap [PRINCIPAL] [SOURCE] [OUTPUT]`.
#[derive(Debug, Args)]
pub struct GapArgs {
    /// Whose policies.
    #[command(flatten)]
    pub principal: PrincipalArgs,
    /// From where.
    #[command(flatten)]
    pub source: SourceArgs,
    /// How.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Exit 1 if anything is blocked.
    ///
    /// Without this the exit code is 0 whether or not there is a gap.
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Output")]
    pub fail_on: Option<FailOn>,
}

/// What makes `diagnose gap` fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Anything that is blocked.
    Any,
}

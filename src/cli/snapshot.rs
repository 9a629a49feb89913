//! `diagnose snapshot`.

use clap::Args;

use super::{PrincipalArgs, SourceArgs};

/// `diagnose snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// Who.
    #[command(flatten)]
    pub principal: PrincipalArgs,
    /// What it will be asked about; repeatable. Of a role that is to be assumed the trust policy is saved too.
    #[arg(long, value_name = "ARN")]
    pub resource: Vec<String>,
    /// From where.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The file to write; else standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<String>,
}

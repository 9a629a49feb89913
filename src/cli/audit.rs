//! `diagnose audit`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::{ColorChoice, SourceArgs};
use crate::audit::Code;

/// `diagnose audit [SOURCE] [OUTPUT]`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// What is looked at.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// From where.
    #[command(flatten)]
    pub source: SourceArgs,
    /// A Terraform plan or state instead of AWS.
    ///
    /// As `terraform show -json` prints it; - is standard input. What is there before the plan is the baseline of what is
    /// there after it.
    #[arg(long, value_name = "FILE", conflicts_with = "snapshot", help_heading = "Source (AWS, if none is given)")]
    pub plan: Option<String>,
    /// How.
    #[command(flatten)]
    pub output: AuditOutputArgs,
}

/// Of which principals and findings it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scope")]
pub struct ScopeArgs {
    /// Only findings of this kind; repeatable.
    #[arg(long, value_name = "CODE", value_parser = codes())]
    pub check: Vec<Code>,
    /// Only principals that match; repeatable.
    ///
    /// By name or ARN; * and ? are wildcards.
    #[arg(long, value_name = "GLOB")]
    pub principal: Vec<String>,
    /// Exit 1 if there is one of this kind, or any.
    ///
    /// Repeatable. With a baseline only new ones count.
    #[arg(long, value_name = "CODE|any", value_parser = codes_or_any())]
    pub fail_on: Vec<FailOn>,
    /// The JSON of an earlier audit: what is new is marked.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<String>,
}

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Whatever is found.
    Any,
    /// A finding of this kind.
    Code(Code),
}

fn codes() -> impl TypedValueParser<Value = Code> {
    PossibleValuesParser::new(Code::ALL.map(Code::code))
        .try_map(|name| Code::parse(&name).ok_or("there is no such finding"))
}

fn codes_or_any() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(std::iter::once("any").chain(Code::ALL.map(Code::code))).try_map(|name| {
        if name == "any" {
            return Ok(FailOn::Any);
        }
        Code::parse(&name).map(FailOn::Code).ok_or("there is no such finding")
    })
}

/// How an audit is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct AuditOutputArgs {
    /// The format of the answer.
    ///
    /// sarif is what code-scanning pages read; jsonl has one finding a line.
    #[arg(short, long, value_enum, default_value_t = AuditFormat::Human)]
    pub output: AuditFormat,
    /// Every principal and every finding, however many.
    #[arg(short, long)]
    pub verbose: bool,
    /// No output, only the exit code.
    #[arg(short, long)]
    pub quiet: bool,
    /// Placeholders for all names: safe in a ticket.
    ///
    /// Stable placeholders in place of account ids, names in ARNs, key ids, addresses and everything else that is
    /// somebody's: safe to paste into a ticket.
    #[arg(long)]
    pub redact: bool,
    /// Colours; auto = on a terminal. NO_COLOR and CLICOLOR_FORCE are honoured.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, hide_short_help = true)]
    pub color: ColorChoice,
    /// Exit 0 whatever was found; errors keep their codes.
    #[arg(long, hide_short_help = true)]
    pub exit_zero: bool,
}

/// Output formats of an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// For people.
    Human,
    /// One JSON object.
    Json,
    /// One finding a line.
    Jsonl,
    /// For a ticket or a page.
    Markdown,
    /// SARIF 2.1.0.
    Sarif,
}

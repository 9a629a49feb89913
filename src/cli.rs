//! The command line: what was typed, nothing resolved.

pub mod audit;
mod gap;
mod snapshot;
mod trail;

pub use gap::{FailOn, GapArgs};
pub use snapshot::SnapshotArgs;
pub use trail::{Sql, TrailArgs, TrailFailOn, WantedArgs};

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::expect::Expected;

/// What stands below the flags.
const AFTER: &str = "Exit codes: 0 allowed, 1 denied, 2 bad usage or input, 3 undetermined, 4 AWS could not be asked or \
                     the principal does not exist.\n\n\
                     Examples:\n  \
                     aws s3 cp file s3://bucket/ 2>&1 | diagnose\n  \
                     diagnose --role MyRole --action ec2:TerminateInstances\n  \
                     diagnose --role MyRole --action s3:GetObject --snapshot account.json\n  \
                     diagnose --identity-policy role.json --boundary b.json --action s3:GetObject";

/// Why was this AWS call denied, by which policy layer and statement?
#[derive(Debug, Parser)]
#[command(
    name = "diagnose",
    version = version(),
    args_conflicts_with_subcommands = true,
    max_term_width = 100,
    after_help = format!("{AFTER}\n\nAll flags, each in full: diagnose --help"),
    after_long_help = AFTER
)]
pub struct Cli {
    /// Another question than the main one.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The main question.
    #[command(flatten)]
    pub diagnose: DiagnoseArgs,
}

/// The version, with the commit of a release build and the day of the action catalogue.
fn version() -> String {
    let commit = option_env!("DIAGNOSE_COMMIT").map_or_else(String::new, |commit| format!("commit {commit}, "));
    format!("{} ({commit}action catalogue of {})", env!("CARGO_PKG_VERSION"), crate::catalogue::date())
}

/// The other commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What the boundary silently blocks of what is granted.
    ///
    /// What do the identity policies grant that the boundary, or another ceiling, silently blocks?
    Gap(GapArgs),
    /// Save what a diagnosis needs, for somebody without access.
    ///
    /// Save everything that a diagnosis needs, so that someone without access to IAM can run it.
    Snapshot(SnapshotArgs),
    /// Which calls were denied recently, by which layer; the fix.
    ///
    /// Which calls were denied recently, by which layer, and how to fix each.
    Trail(Box<TrailArgs>),
    /// Check files of what policies should allow and deny.
    Test(TestArgs),
    /// Run a command unchanged, and explain its denials.
    ///
    /// Run a command unchanged, and explain it when AWS denies what it asks for.
    Run(RunArgs),
    /// The gap of every role and user, and unsafe boundaries.
    ///
    /// Audit every role and user of an account, a snapshot or a Terraform plan: what boundaries silently block, and which
    /// of them are unsafe or missing.
    Audit(Box<audit::AuditArgs>),
    /// Print the completions of a shell.
    ///
    /// Print the completions of a shell: bash, elvish, fish, powershell or zsh.
    Completions(CompletionsArgs),
    /// Print the manual page.
    Man,
}

/// `diagnose test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Files of expectations, TOML or JSON; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    /// Only the tests with this text in their names.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// The format of the result.
    #[arg(short, long, value_enum, default_value_t = TestFormat::Human)]
    pub output: TestFormat,
    /// No output, only the exit code.
    #[arg(short, long)]
    pub quiet: bool,
    /// Stable placeholders in place of names: safe to paste into a ticket.
    #[arg(long)]
    pub redact: bool,
    /// Colours; auto = on a terminal. NO_COLOR and CLICOLOR_FORCE are honoured.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, hide_short_help = true)]
    pub color: ColorChoice,
}

/// Formats of the result of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people.
    Human,
    /// Test Anything Protocol.
    Tap,
    /// JUnit's XML.
    Junit,
    /// One JSON object.
    Json,
}

/// `diagnose completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `diagnose [REQUEST] [SOURCE] [OUTPUT]`.
#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// Who.
    #[command(flatten)]
    pub principal: PrincipalArgs,
    /// What.
    #[command(flatten)]
    pub request: RequestArgs,
    /// From where.
    #[command(flatten)]
    pub source: SourceArgs,
    /// How.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Exit 0 if every answer is this, 1 if not.
    ///
    /// What the answer should be: allowed, denied, denied:LAYER or undetermined. Exit 0 if every answer is so, 1 if not;
    /// errors keep their codes.
    #[arg(long, value_name = "VERDICT", conflicts_with = "exit_zero", help_heading = "Output")]
    pub expect: Option<Expected>,
}

/// `diagnose run`.
#[derive(Debug, Args)]
#[command(
    override_usage = "diagnose run [OPTIONS] [--] COMMAND [ARGUMENT]...",
    after_help = "The exit code is the command's: 127 if there is none, 126 if it cannot be run, 128 + N in a shell if signal N \
                  ended it. Its standard input and output are its own; what it writes to standard error passes through \
                  and is read. If it fails because AWS denied something, the answer follows on standard error.\n\n\
                  Examples:\n  \
                  diagnose run -- aws s3 cp report.csv s3://bucket/\n  \
                  diagnose run -o markdown --report denial.md -- terraform apply"
)]
pub struct RunArgs {
    /// From where.
    #[command(flatten)]
    pub source: SourceArgs,
    /// How.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Write the answer to this file.
    ///
    /// In the format of --output, and one line on standard error. Where nothing was denied, no file is written.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub report: Option<String>,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

/// Who asked.
#[derive(Debug, Default, Args)]
#[group(multiple = false)]
pub struct PrincipalArgs {
    /// The role that asked.
    ///
    /// Its name, its ARN, or the ARN of one of its sessions.
    #[arg(long, value_name = "NAME_OR_ARN", help_heading = "Request")]
    pub role: Option<String>,
    /// The user that asked.
    ///
    /// Its name or ARN.
    #[arg(long, value_name = "NAME_OR_ARN", help_heading = "Request")]
    pub user: Option<String>,
    /// Who asked, by any ARN.
    ///
    /// Role, user, session, federated user, root; or an AWS service's name.
    #[arg(long, value_name = "ARN", help_heading = "Request")]
    pub principal: Option<String>,
}

/// What was asked.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Request")]
pub struct RequestArgs {
    /// A pasted error message; - is standard input.
    ///
    /// With whatever stands around it. A pipe is read without this flag. It says who asked for what; the other flags
    /// override it.
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub message: Option<OsString>,
    /// The JSON of `aws sts decode-authorization-message`: who asked for what, in which context.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub decoded: Option<String>,
    /// The action that was asked for; repeatable.
    ///
    /// Such as ec2:TerminateInstances; s3:Get* asks for all that match.
    #[arg(long, value_name = "SERVICE:NAME")]
    pub action: Vec<String>,
    /// On what; repeatable.
    ///
    /// Left out, or with * or ?, it stands for every resource that it matches.
    #[arg(long, value_name = "ARN")]
    pub resource: Vec<String>,
    /// Take --resource as the very string that AWS evaluates: even where it holds * or ?, and where AWS's reference
    /// says that the action takes none.
    #[arg(long, requires = "resource", hide_short_help = true)]
    pub exact_resource: bool,
    /// The account that owns the resource, where the ARN does not say it (S3).
    #[arg(long, value_name = "ID", hide_short_help = true)]
    pub resource_account: Option<String>,
    /// A key of the request's context; repeatable.
    ///
    /// Repeat a key for several values. KEY= is empty, KEY[] an empty list.
    #[arg(long, value_name = "KEY=VALUE")]
    pub context: Vec<String>,
    /// The request has no other context: a key that is neither given nor derived is absent, not unknown.
    #[arg(long, hide_short_help = true)]
    pub complete_context: bool,
}

/// Where the policies come from.
#[derive(Debug, Default, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Source (AWS, if none is given)")]
pub struct SourceArgs {
    /// A file instead of AWS.
    ///
    /// The JSON of `aws iam get-account-authorization-details`, or of `diagnose snapshot`, or the folder of iam-collect;
    /// - is standard input.
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<String>,
    /// An identity policy; repeatable.
    ///
    /// With a boundary, or without a principal, files are the whole source; else they replace their layer in AWS or the
    /// snapshot.
    #[arg(long, value_name = "[NAME=]FILE")]
    pub identity_policy: Vec<String>,
    /// The permissions boundary.
    #[arg(long, value_name = "FILE", conflicts_with = "no_boundary")]
    pub boundary: Option<String>,
    /// The principal has no boundary.
    #[arg(long)]
    pub no_boundary: bool,
    /// A session policy; repeatable.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub session_policy: Vec<String>,
    /// The resource's policy; repeatable.
    ///
    /// The policy of the resource, or of the resource with that ARN: a bucket policy, a key policy, the trust policy of a
    /// role that is assumed.
    #[arg(long, value_name = "[ARN=]FILE")]
    pub resource_policy: Vec<String>,
    /// The policy of the VPC endpoint that the request passes, or of the endpoint with that id; repeatable.
    #[arg(long, value_name = "[ID=]FILE", hide_short_help = true)]
    pub vpc_endpoint_policy: Vec<String>,
    /// A service control policy; repeatable.
    ///
    /// Of the principal's account; those of one TARGET (root, an OU, the account) are one level, and every level must allow.
    #[arg(long, value_name = "[TARGET=]FILE")]
    pub scp: Vec<String>,
    /// A resource control policy of the resource's account, level by level as for --scp; repeatable.
    #[arg(long, value_name = "[TARGET=]FILE", hide_short_help = true)]
    pub rcp: Vec<String>,
    /// Never open a connection.
    #[arg(long)]
    pub offline: bool,
    /// The AWS profile.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The AWS region to ask.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Another endpoint than AWS's own.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub endpoint_url: Option<String>,
}

impl SourceArgs {
    /// Whether a file flag reads standard input, so that no message stands there.
    pub fn names_stdin(&self) -> bool {
        let lists = [
            &self.identity_policy,
            &self.session_policy,
            &self.resource_policy,
            &self.vpc_endpoint_policy,
            &self.scp,
            &self.rcp,
        ];
        let mut files = lists.into_iter().flatten().chain(&self.snapshot).chain(&self.boundary);
        files.any(|file| file == "-" || file.ends_with("=-"))
    }
}

/// How the answer is printed.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// The format of the answer.
    #[arg(short, long, value_enum, default_value_t = Format::Human)]
    pub output: Format,
    /// How fixes are shown.
    ///
    /// To people, in human and markdown: as changed lines, as whole documents (json), as commands of the AWS CLI (cli:
    /// these alone), as HCL (terraform), or not at all. JSON output has all of them.
    #[arg(long, value_enum, default_value_t = FixFormat::Diff, value_name = "FORM")]
    pub fix: FixFormat,
    /// Every statement and why it did or did not match.
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
    /// Exit 0 whatever the verdict; errors keep their codes.
    #[arg(long, hide_short_help = true)]
    pub exit_zero: bool,
}

/// Output formats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// One JSON object a result, one a line.
    Jsonl,
    /// For a ticket: GitHub's Markdown.
    Markdown,
}

/// How fixes are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FixFormat {
    /// Not at all.
    None,
    /// The changed lines.
    #[default]
    Diff,
    /// The whole corrected documents.
    Json,
    /// The commands alone.
    Cli,
    /// The changed statements in HCL.
    Terraform,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

//! `diagnose trail`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::{OutputArgs, PrincipalArgs, SourceArgs};
use crate::snapshot::Layer;
use crate::trail::LayerFilter;
use crate::trail::sql::Dialect;

/// `diagnose trail [FILES or AWS] [OUTPUT]`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0, 1 as --fail-on says, 2 bad usage or nothing readable, 4 AWS could not be asked.\n\n\
                        Examples:\n  \
                        diagnose trail --since 24h --layer boundary\n  \
                        diagnose trail AWSLogs/ --snapshot account.json\n  \
                        aws cloudtrail lookup-events | diagnose trail\n  \
                        diagnose trail --sql athena --table cloudtrail_logs --since 30d"
)]
pub struct TrailArgs {
    /// Files of CloudTrail events, or folders of them; - is standard input.
    ///
    /// As S3 delivers them, as the CLI prints them, as JSON lines, or the result of --sql. Without any, and with nothing
    /// piped in, AWS's event history is asked.
    #[arg(value_name = "FILES")]
    pub files: Vec<String>,
    /// Of whom.
    #[command(flatten)]
    pub principal: PrincipalArgs,
    /// What.
    #[command(flatten)]
    pub wanted: WantedArgs,
    /// Policies to evaluate each denial with now: nothing is evaluated without any.
    #[command(flatten)]
    pub source: SourceArgs,
    /// How.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which denials.
#[derive(Debug, Args)]
#[command(next_help_heading = "Denials")]
pub struct WantedArgs {
    /// Denials by this layer only; repeatable.
    #[arg(long, value_name = "LAYER", value_parser = layers())]
    pub layer: Vec<LayerFilter>,
    /// Not before: 90m, 24h, 7d, or a time.
    ///
    /// A span before now (90m, 24h, 7d, 2w), a date or an RFC 3339 time. The event history: 24h if left out.
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Not after.
    ///
    /// Written as --since is, but a date is meant to its end.
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// Ask AWS which are still denied.
    ///
    /// Evaluate each denial with the policies that AWS has now: still denied, or fixed since, and the fix.
    #[arg(long, conflicts_with_all = ["snapshot", "offline"])]
    pub now: bool,
    /// Exit 1 if there are denials by it.
    ///
    /// By this layer, or any; those that the policies allow now do not count. Repeatable.
    #[arg(long, value_name = "any|LAYER", value_parser = any_or_layers())]
    pub fail_on: Vec<TrailFailOn>,
    /// Print the query that finds them.
    ///
    /// The query that finds the denials, instead of looking for them: its result (CSV, or JSON of the CLI) is read back as
    /// a file.
    #[arg(long, value_enum, requires = "table", conflicts_with = "files")]
    pub sql: Option<Sql>,
    /// The table of --sql.
    ///
    /// The table of Athena, or the id of the event data store of CloudTrail Lake.
    #[arg(long, value_name = "NAME", requires = "sql")]
    pub table: Option<String>,
}

/// What makes a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailFailOn {
    /// Any denial.
    Any,
    /// One by this layer.
    Layer(LayerFilter),
}

/// Where the query runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sql {
    /// Athena, over the table of its guide.
    Athena,
    /// CloudTrail Lake, over an event data store.
    Lake,
}

impl Sql {
    /// The dialect.
    pub fn dialect(self) -> Dialect {
        match self {
            Self::Athena => Dialect::Athena,
            Self::Lake => Dialect::Lake,
        }
    }
}

fn layers() -> impl TypedValueParser<Value = LayerFilter> {
    PossibleValuesParser::new(names()).try_map(|name| LayerFilter::parse(&name).ok_or("there is no such layer"))
}

fn any_or_layers() -> impl TypedValueParser<Value = TrailFailOn> {
    PossibleValuesParser::new(std::iter::once("any").chain(names())).try_map(|name| {
        if name == "any" {
            return Ok(TrailFailOn::Any);
        }
        LayerFilter::parse(&name).map(TrailFailOn::Layer).ok_or("there is no such layer")
    })
}

fn names() -> impl Iterator<Item = &'static str> {
    Layer::ALL.iter().map(|layer| layer.code()).chain(["unknown"])
}

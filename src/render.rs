//! Reports as bytes. Pure: width and colour are arguments, and text from policies never brings control characters.

pub mod audit;
mod commands;
mod edits;
mod gap;
mod grid;
mod human;
mod json;
mod markdown;
mod safe;
mod snippet;
mod suite;
mod ticket;
mod trail;

pub use commands::{commands, notes_on_commands, notes_on_fixes};
pub use gap::{gap, gap_markdown};
pub use human::human;
pub use json::{json, jsonl};
pub use safe::{clean, escape_json};
pub use suite::{junit, tap, tests, tests_not_asked};
pub use ticket::markdown;
pub use trail::{markdown as trail_markdown, trail};

/// How to draw for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns.
    pub width: usize,
    /// With ANSI colours.
    pub color: bool,
    /// Every statement, and what was derived.
    pub verbose: bool,
    /// In which form fixes are shown.
    pub fix: FixLook,
}

/// How fixes are drawn for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixLook {
    /// Not at all.
    None,
    /// The commands alone.
    Commands,
    /// The changed lines.
    Diff,
    /// The whole corrected document.
    Document,
    /// The changed statements in HCL.
    Terraform,
}

//! The statements of one layer together: Allow statements are a union, a Deny wins, every level must allow.

use smallvec::SmallVec;

use super::statement::judge;
use crate::policy::Effect;
use crate::request::Request;
use crate::snapshot::{Layer, Level, Reading};
use crate::truth::Truth;

/// What a layer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It allows the request.
    Allow,
    /// A Deny statement applies.
    ExplicitDeny,
    /// No Allow statement applies.
    ImplicitDeny,
    /// It depends on something that is not known.
    Undetermined,
    /// It was not read.
    NotChecked,
    /// It was read, and there is no policy of this kind.
    NotApplicable,
}

impl Outcome {
    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ExplicitDeny => "explicit-deny",
            Self::ImplicitDeny => "implicit-deny",
            Self::Undetermined => "undetermined",
            Self::NotChecked => "not-checked",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Whether it certainly stops the request.
    pub fn blocks(self) -> bool {
        matches!(self, Self::ExplicitDeny | Self::ImplicitDeny)
    }
}

/// Where a statement stands in the layer's policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatementRef {
    /// The level's number.
    pub level: u32,
    /// The policy's number in the level.
    pub policy: u32,
    /// The statement's number in the document; for a policy that cannot be read, 0.
    pub statement: u32,
}

/// What a layer decided, and by which statements.
#[derive(Debug, Clone)]
pub struct LayerDecision {
    /// The layer.
    pub layer: Layer,
    /// What it says.
    pub outcome: Outcome,
    /// The level that made it so, where the layer has several: of those that stop most, the first.
    pub level: u32,
    /// The statements that made it so: the Denys that apply, else the Allows, else those that are unknown.
    pub deciding: SmallVec<[StatementRef; 2]>,
}

/// The statements that count so far. Only the strongest kind is kept, so that most decisions allocate nothing.
#[derive(Default)]
struct Tally {
    deny: Option<Truth>,
    allow: Option<Truth>,
    denies: SmallVec<[StatementRef; 2]>,
    allows: SmallVec<[StatementRef; 2]>,
    unknown_denies: SmallVec<[StatementRef; 2]>,
    unknown_allows: SmallVec<[StatementRef; 2]>,
}

impl Tally {
    fn add(&mut self, effect: Effect, truth: Truth, at: StatementRef) {
        if truth == Truth::No {
            return;
        }
        // A statement whose effect is not understood may be a Deny and may be an Allow.
        let truth = if effect == Effect::Unknown { Truth::Unknown } else { truth };
        if effect != Effect::Allow {
            self.deny = self.deny.max(Some(truth));
        }
        if effect != Effect::Deny {
            self.allow = self.allow.max(Some(truth));
        }
        match (truth, effect) {
            (Truth::Yes, Effect::Deny) => self.denies.push(at),
            (Truth::Yes, Effect::Allow | Effect::Unknown) => self.allows.push(at),
            (Truth::Unknown | Truth::No, Effect::Allow) => self.unknown_allows.push(at),
            (Truth::Unknown | Truth::No, Effect::Deny | Effect::Unknown) => self.unknown_denies.push(at),
        }
    }

    fn outcome(&self) -> Outcome {
        match (self.deny.unwrap_or(Truth::No), self.allow.unwrap_or(Truth::No)) {
            (Truth::Yes, _) => Outcome::ExplicitDeny,
            // Whatever an unknown Deny does: nothing allows.
            (_, Truth::No) => Outcome::ImplicitDeny,
            (Truth::No, Truth::Yes) => Outcome::Allow,
            (Truth::Unknown, Truth::Yes) | (_, Truth::Unknown) => Outcome::Undetermined,
        }
    }
}

/// What `reading` says of the request.
pub(super) fn decide(layer: Layer, reading: &Reading, request: &Request) -> LayerDecision {
    let plain = |outcome| LayerDecision { layer, outcome, level: 0, deciding: SmallVec::new() };
    match reading {
        Reading::NotChecked { .. } => plain(Outcome::NotChecked),
        Reading::Failed { .. } => plain(Outcome::Undetermined),
        Reading::Absent => plain(Outcome::NotApplicable),
        Reading::Levels(levels) => {
            let mut all = plain(Outcome::Allow);
            for (number, level) in levels.iter().enumerate() {
                let one = decide_level(layer, level, index(number), request);
                all = stricter(all, one);
            }
            all
        }
    }
}

fn decide_level(layer: Layer, level: &Level, number: u32, request: &Request) -> LayerDecision {
    let mut tally = Tally::default();
    for (policy_number, policy) in level.policies.iter().enumerate() {
        let at = StatementRef { level: number, policy: index(policy_number), statement: 0 };
        let Ok(document) = &policy.document else {
            tally.add(Effect::Unknown, Truth::Unknown, at);
            continue;
        };
        let mut judge_one = |number: u32| {
            let Some(statement) = document.statements.get(number as usize) else { return };
            tally.add(statement.effect, judge(statement, request), StatementRef { statement: number, ..at });
        };
        if request.action.pattern.is_some() {
            (0..index(document.statements.len())).for_each(&mut judge_one);
        } else {
            document.heads.fitting(request.action.head, request.action.tail).into_iter().for_each(&mut judge_one);
        }
    }
    let outcome = tally.outcome();
    let deciding = match outcome {
        Outcome::ExplicitDeny => tally.denies,
        Outcome::Allow => tally.allows,
        Outcome::ImplicitDeny | Outcome::NotChecked | Outcome::NotApplicable => SmallVec::new(),
        // Beside an Allow that certainly applies, only a Deny can still matter.
        Outcome::Undetermined if tally.allow == Some(Truth::Yes) => tally.unknown_denies,
        Outcome::Undetermined => {
            tally.unknown_denies.extend(tally.unknown_allows);
            tally.unknown_denies
        }
    };
    LayerDecision { layer, outcome, level: number, deciding }
}

/// The level that stops more: an explicit deny before an implicit one, a deny before an unknown.
fn stricter(left: LayerDecision, right: LayerDecision) -> LayerDecision {
    let rank = |decision: &LayerDecision| match decision.outcome {
        Outcome::ExplicitDeny => 3,
        Outcome::ImplicitDeny => 2,
        Outcome::Undetermined => 1,
        Outcome::Allow | Outcome::NotChecked | Outcome::NotApplicable => 0,
    };
    match rank(&right).cmp(&rank(&left)) {
        std::cmp::Ordering::Greater => right,
        std::cmp::Ordering::Less => left,
        std::cmp::Ordering::Equal => {
            let mut both = left;
            both.deciding.extend(right.deciding);
            both
        }
    }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

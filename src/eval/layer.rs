//! The statements of one layer together: Allow statements are a union, a Deny wins, every level must allow.

use smallvec::SmallVec;

use super::naming::Naming;
use super::scope::{Facts, Idle};
use super::statement::judge;
use crate::policy::Effect;
use crate::request::Request;
use crate::snapshot::{Layer, Level, Policy, Reading, Snapshot};
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

/// Where an outcome comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// From the policies.
    Evaluated,
    /// From the text of the denial: the policies of the layer were not read.
    Message,
    /// From what AWS never lets anybody do.
    Aws,
}

impl Evidence {
    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Evaluated => "evaluated",
            Self::Message => "message",
            Self::Aws => "aws",
        }
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
pub struct LayerDecision<'a> {
    /// The layer.
    pub layer: Layer,
    /// What of it bears on the request.
    pub reading: &'a Reading,
    /// Where the outcome comes from.
    pub evidence: Evidence,
    /// Why it has no say, where it has none.
    pub idle: Idle,
    /// Policies of the layer were read, whether they have a say or not.
    pub given: bool,
    /// What it says by itself.
    pub outcome: Outcome,
    /// Whether a Deny statement applies.
    pub deny: Truth,
    /// Whether an Allow statement applies, and in which way it names the caller.
    pub allow: Naming,
    /// Whether what is open in it can change the verdict.
    pub matters: bool,
    /// The level that made it so, where the layer has several: of those that stop most, the first.
    pub level: u32,
    /// The statements that made it so: the Denys that apply, else the Allows, else those that are unknown.
    pub deciding: SmallVec<[StatementRef; 2]>,
}

impl LayerDecision<'_> {
    /// Whether it lets the request pass as a ceiling does that is there or not: one that was not read does not count.
    pub(super) fn passes(&self) -> Truth {
        match self.outcome {
            Outcome::NotChecked | Outcome::NotApplicable => Truth::Yes,
            Outcome::Allow | Outcome::ExplicitDeny | Outcome::ImplicitDeny | Outcome::Undetermined => self.allow.any(),
        }
    }
}

/// The statements that count so far. Only the strongest kind is kept, so that most decisions allocate nothing.
struct Tally {
    deny: Truth,
    allow: Naming,
    denies: SmallVec<[StatementRef; 2]>,
    allows: SmallVec<[StatementRef; 2]>,
    unknown_denies: SmallVec<[StatementRef; 2]>,
    unknown_allows: SmallVec<[StatementRef; 2]>,
}

impl Tally {
    fn new() -> Self {
        Self {
            deny: Truth::No,
            allow: Naming::NOT,
            denies: SmallVec::new(),
            allows: SmallVec::new(),
            unknown_denies: SmallVec::new(),
            unknown_allows: SmallVec::new(),
        }
    }

    fn add(&mut self, effect: Effect, applies: Naming, at: StatementRef) {
        // A statement whose effect is not understood may be a Deny and may be an Allow.
        let applies = if effect == Effect::Unknown { applies.and(Truth::Unknown) } else { applies };
        let truth = applies.any();
        if truth == Truth::No {
            return;
        }
        if effect != Effect::Allow {
            self.deny = self.deny.or(truth);
        }
        if effect != Effect::Deny {
            self.allow = self.allow.or(applies);
        }
        match (truth, effect) {
            (Truth::Yes, Effect::Deny) => self.denies.push(at),
            (Truth::Yes, Effect::Allow | Effect::Unknown) => self.allows.push(at),
            (Truth::Unknown | Truth::No, Effect::Allow) => self.unknown_allows.push(at),
            (Truth::Unknown | Truth::No, Effect::Deny | Effect::Unknown) => self.unknown_denies.push(at),
        }
    }

    fn outcome(&self) -> Outcome {
        match (self.deny, self.allow.any()) {
            (Truth::Yes, _) => Outcome::ExplicitDeny,
            // Whatever an unknown Deny does: nothing allows.
            (_, Truth::No) => Outcome::ImplicitDeny,
            (Truth::No, Truth::Yes) => Outcome::Allow,
            (Truth::Unknown, Truth::Yes) | (_, Truth::Unknown) => Outcome::Undetermined,
        }
    }
}

/// What a layer says of the request.
pub(super) fn decide<'a>(
    layer: Layer,
    request: &Request,
    facts: &Facts<'_>,
    snapshot: &'a Snapshot,
) -> LayerDecision<'a> {
    let (reading, idle) = facts.bearing(layer, snapshot);
    let mut decision = read(layer, reading, idle, request);
    decision.given = matches!(snapshot.layers.get(layer), Reading::Levels(_));
    // A layer of which a part was not read says nothing beyond what the rest stops or leaves open.
    let unread = || reading.all_policies().any(Policy::is_unread);
    // A ceiling may be lower than what was read of it; a resource's policy may grant more.
    let silent = if layer == Layer::Resource { Outcome::ImplicitDeny } else { Outcome::Allow };
    if counts_only_if_read(layer) && decision.outcome == silent && decision.deny == Truth::No && unread() {
        return plain(layer, reading, idle, Outcome::NotChecked);
    }
    if layer == Layer::Resource && decision.outcome == Outcome::ImplicitDeny && unread() {
        // What was read may deny, and what was not may grant.
        (decision.outcome, decision.allow) = (Outcome::Undetermined, Naming::OPEN);
    }
    decision
}

/// Most callers may not read these: what could not be read of them does not count.
fn counts_only_if_read(layer: Layer) -> bool {
    match layer {
        Layer::ServiceControl | Layer::ResourceControl | Layer::VpcEndpoint | Layer::Resource => true,
        Layer::Trust | Layer::Identity | Layer::Boundary | Layer::Session => false,
    }
}

/// A layer that says this, and no statement of which does.
pub(super) fn plain(layer: Layer, reading: &Reading, idle: Idle, outcome: Outcome) -> LayerDecision<'_> {
    let open = outcome == Outcome::Undetermined;
    LayerDecision {
        layer,
        reading,
        evidence: Evidence::Evaluated,
        idle,
        given: false,
        outcome,
        deny: if open { Truth::Unknown } else { Truth::No },
        allow: if open { Naming::OPEN } else { Naming::NOT },
        matters: open,
        level: 0,
        deciding: SmallVec::new(),
    }
}

fn read<'a>(layer: Layer, reading: &'a Reading, idle: Idle, request: &Request) -> LayerDecision<'a> {
    match reading {
        Reading::NotChecked { .. } => plain(layer, reading, idle, Outcome::NotChecked),
        Reading::Failed { .. } => plain(layer, reading, idle, Outcome::Undetermined),
        Reading::Absent => plain(layer, reading, idle, Outcome::NotApplicable),
        Reading::Levels(levels) => {
            let numbered = levels.iter().enumerate();
            let each = numbered.map(|(number, level)| decide_level(layer, reading, level, index(number), request));
            each.reduce(stricter).unwrap_or_else(|| plain(layer, reading, idle, Outcome::NotApplicable))
        }
    }
}

/// The levels that stop the request, each by itself.
pub fn blocking_levels(decision: &LayerDecision<'_>, request: &Request) -> SmallVec<[u32; 2]> {
    let Reading::Levels(levels) = decision.reading else { return SmallVec::new() };
    let blocks = |(number, level): (usize, &Level)| {
        let one = decide_level(decision.layer, decision.reading, level, index(number), request);
        one.outcome.blocks().then_some(one.level)
    };
    levels.iter().enumerate().filter_map(blocks).collect()
}

fn decide_level<'a>(
    layer: Layer,
    reading: &'a Reading,
    level: &Level,
    number: u32,
    request: &Request,
) -> LayerDecision<'a> {
    let mut tally = Tally::new();
    // AWS attaches RCPFullAWSAccess at every level, and it cannot be detached.
    if layer == Layer::ResourceControl {
        tally.allow.direct = Truth::Yes;
    }
    for (policy_number, policy) in level.policies.iter().enumerate() {
        let at = StatementRef { level: number, policy: index(policy_number), statement: 0 };
        if policy.is_unread() && counts_only_if_read(layer) {
            if layer != Layer::Resource {
                tally.allow.direct = Truth::Yes;
            }
            continue;
        }
        let Ok(document) = &policy.document else {
            tally.add(Effect::Unknown, Naming::OPEN, at);
            continue;
        };
        let mut judge_one = |number: u32| {
            let Some(statement) = document.statements.get(number as usize) else { return };
            tally.add(statement.effect, judge(statement, layer, request), StatementRef { statement: number, ..at });
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
        Outcome::NotChecked | Outcome::NotApplicable => SmallVec::new(),
        // They matter where something else passes by what is not allowed here.
        Outcome::ImplicitDeny => tally.unknown_denies,
        // Beside an Allow that certainly applies, only a Deny can still matter.
        Outcome::Undetermined if tally.allow.any() == Truth::Yes => tally.unknown_denies,
        Outcome::Undetermined => {
            tally.unknown_denies.extend(tally.unknown_allows);
            tally.unknown_denies
        }
    };
    let (deny, allow) = (tally.deny, tally.allow);
    let (evidence, idle) = (Evidence::Evaluated, Idle::None);
    LayerDecision {
        layer,
        reading,
        evidence,
        idle,
        given: true,
        outcome,
        deny,
        allow,
        matters: true,
        level: number,
        deciding,
    }
}

/// Two levels, both of which must let the request pass: it is told of the one that stops more, an explicit deny before an
/// implicit one, a deny before an unknown.
fn stricter<'a>(left: LayerDecision<'a>, right: LayerDecision<'a>) -> LayerDecision<'a> {
    let rank = |decision: &LayerDecision<'_>| match decision.outcome {
        Outcome::ExplicitDeny => 3,
        Outcome::ImplicitDeny => 2,
        Outcome::Undetermined => 1,
        Outcome::Allow | Outcome::NotChecked | Outcome::NotApplicable => 0,
    };
    let deny = left.deny.or(right.deny);
    let allow = left.allow.and(right.allow.any());
    let told = match rank(&right).cmp(&rank(&left)) {
        std::cmp::Ordering::Greater => right,
        std::cmp::Ordering::Less => left,
        std::cmp::Ordering::Equal => {
            let mut both = left;
            both.deciding.extend(right.deciding);
            both
        }
    };
    LayerDecision { deny, allow, ..told }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

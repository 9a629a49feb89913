//! AWS's decision as its documentation tells it, of requests of which it is known who may do what, written once more and
//! without regard to anything else. A doubt is resolved against the request, then for it: where the answer is the same,
//! it is certain, and nowhere else.
//!
//! Sources: IAM User Guide, "Policy evaluation logic" with its pages on one and on two accounts; Organizations User Guide,
//! "SCP evaluation" and "Resource control policies".

use diagnose::context::Fact;
use diagnose::eval::{Verdict, evaluate, judge};
use diagnose::request::Request;
use diagnose::snapshot::Layer;
use diagnose::truth::Truth;
use proptest::prelude::*;

use super::callers::{OTHER, OWN, PROVIDERS, Tag};
use super::cases;
use super::document::{PolicyModel, PrincipalModel, StatementModel, has_principals};
use super::model::{OwnerModel, ReadingModel, World};
use super::plain::any_world;
use super::strategies::Openness;
use super::vocabulary::WITHOUT_RESOURCE;

/// Layers that most callers may not read.
const COUNT_IF_READ: [Layer; 4] = [Layer::ServiceControl, Layer::ResourceControl, Layer::VpcEndpoint, Layer::Resource];

/// In which ways the statements that apply name the caller.
#[derive(Debug, Clone, Copy, Default)]
struct Ways {
    direct: bool,
    role: bool,
    account: bool,
}

impl Ways {
    const ALL: Self = Self { direct: true, role: true, account: true };

    fn any(self) -> bool {
        self.direct || self.role || self.account
    }

    fn add(&mut self, other: Self) {
        self.direct |= other.direct;
        self.role |= other.role;
        self.account |= other.account;
    }
}

struct Reference<'a> {
    world: &'a World,
    request: Request,
    /// Whether doubts are resolved for the request.
    hopeful: bool,
}

impl Reference<'_> {
    fn passes(&self) -> bool {
        // STS: nobody can be kept from asking who they are.
        if self.action() == "sts:GetCallerIdentity" && !self.is("anonymous") {
            return true;
        }
        if self.is_refused() {
            return false;
        }
        let says: Vec<(bool, Ways)> = Layer::ALL.into_iter().map(|layer| self.says(layer)).collect();
        let capped = [Layer::ServiceControl, Layer::ResourceControl, Layer::VpcEndpoint]
            .into_iter()
            .any(|layer| self.is_there(layer) && !says[layer as usize].1.any());
        !says.iter().any(|(denied, _)| *denied) && !capped && self.is_granted(&says)
    }

    /// Whether AWS refuses it to such a caller, whatever the policies say.
    /// Sources: STS API Reference, `AssumeRole` and `GetFederationToken`.
    fn is_refused(&self) -> bool {
        let by_token = self.action() == "sts:AssumeRoleWithWebIdentity";
        let of_iam_or_sts = ["iam:", "sts:"].iter().any(|service| self.action().starts_with(service));
        let of_root = self.is(":root") && self.action() == "sts:AssumeRole";
        let of_federated_user = self.is(":federated-user/") && of_iam_or_sts && !by_token;
        of_root || of_federated_user
    }

    fn is_granted(&self, says: &[(bool, Ways)]) -> bool {
        let of_resource = if self.assumes_role() { Layer::Trust } else { Layer::Resource };
        let own_key_or_role = self.assumes_role() || self.is_on_key();
        let is_other = self.world.who.text.contains(OWN) && self.world.request.owner == OwnerModel::Other;
        let is_alone = self.is_unsigned() || self.is("lambda.");
        // What nobody read is left out of account: it is taken to leave the decision to the caller's account.
        let grant = if self.has_say(of_resource)
            && (self.is_unread(of_resource) || self.says_nothing_of_what_was_read(of_resource))
        {
            let account = if is_other { !self.has_no_policies() } else { own_key_or_role };
            let by_account = Ways { account, ..Ways::default() };
            if is_alone { self.doubt() } else { by_account }
        } else if self.is_there(of_resource) {
            says[of_resource as usize].1
        } else {
            Ways::default()
        };
        if is_alone {
            return grant.any();
        }
        let is_federated = self.is(":federated-user/");
        let is_root = self.is(":root");
        let identity = if is_root {
            true
        } else if self.is_unread(Layer::Identity) {
            self.hopeful || (self.anything_allows() && !is_federated)
        } else {
            self.is_there(Layer::Identity) && says[Layer::Identity as usize].1.any()
        };
        let below = |layer: Layer| !self.is_there(layer) || says[layer as usize].1.any();
        // Without a session policy a federated user has nothing; of one that nobody read, it is not known.
        let by_session = match self.world.reading(Layer::Session) {
            ReadingModel::Absent => !is_federated,
            ReadingModel::NotChecked => !is_federated || self.hopeful,
            ReadingModel::Failed | ReadingModel::Levels(_) => below(Layer::Session),
        };
        let limits = below(Layer::Boundary) && by_session;
        if is_other {
            return grant.any() && identity && limits;
        }
        let by_identity = identity && (grant.account || !own_key_or_role);
        grant.direct || (grant.role && limits) || (by_identity && limits)
    }

    /// Whether some layer that was read allows for certain.
    fn anything_allows(&self) -> bool {
        let sure = Reference { world: self.world, request: self.request.clone(), hopeful: false };
        Layer::ALL.into_iter().any(|layer| {
            let (denied, ways) = sure.says(layer);
            let whole = !COUNT_IF_READ.contains(&layer) || !sure.lacks_a_policy(layer);
            sure.is_there(layer) && !denied && ways.any() && whole
        })
    }

    /// Whether a policy of the layer is there and was not read.
    fn lacks_a_policy(&self, layer: Layer) -> bool {
        let ReadingModel::Levels(levels) = self.reading(layer) else { return false };
        levels.iter().flatten().any(|policy| policy.statements.is_none())
    }

    /// Whether a resource's policy counts as not read because a part of it was not: what was read of it says nothing.
    /// Put aside: beside a Deny that may apply, what was not read does not count, as if nothing else were there; the request is
    /// then denied, though it is allowed where the Deny turns out not to apply.
    fn says_nothing_of_what_was_read(&self, layer: Layer) -> bool {
        let says = |hopeful| Reference { world: self.world, request: self.request.clone(), hopeful }.says(layer);
        layer == Layer::Resource && self.lacks_a_policy(layer) && !says(false).0 && !says(true).1.any()
    }

    /// Whether the resources of the service have no policies, which keeps other accounts out.
    fn has_no_policies(&self) -> bool {
        ["ec2:", "iam:"].iter().any(|service| self.action().starts_with(service))
            && !WITHOUT_RESOURCE.contains(&self.action())
    }

    fn action(&self) -> &str {
        &self.world.request.action
    }

    fn is(&self, part: &str) -> bool {
        self.world.who.text.contains(part)
    }

    fn assumes_role(&self) -> bool {
        self.action().starts_with("sts:AssumeRole")
    }

    fn is_unsigned(&self) -> bool {
        self.is("anonymous") || self.action() == "sts:AssumeRoleWithWebIdentity"
    }

    fn is_on_key(&self) -> bool {
        self.action() == "kms:Decrypt" && !self.is_on_alias()
    }

    /// An alias of a key has no policy.
    fn is_on_alias(&self) -> bool {
        let fields: Vec<&str> = self.world.request.resource.splitn(6, ':').collect();
        fields.len() == 6 && fields[2] == "kms" && fields[5].starts_with("alias/")
    }

    /// Whether the layer can have a say in such a request at all.
    fn has_say(&self, layer: Layer) -> bool {
        let without_policies = self.is_unsigned() || self.is("lambda.");
        let is_linked = self.is("AWSServiceRoleFor");
        let is_resourceless = WITHOUT_RESOURCE.contains(&self.action());
        match layer {
            Layer::ServiceControl => {
                let own = self.world.who.text.contains(OWN).then_some(OWN);
                !without_policies && !is_linked && !self.manages(layer, own)
            }
            Layer::ResourceControl => {
                let owner = match self.world.request.owner {
                    OwnerModel::Own => Some(OWN),
                    OwnerModel::Other => Some(OTHER),
                    // The caller's own.
                    OwnerModel::Unknown => self.world.who.text.contains(OWN).then_some(OWN),
                };
                let reached = ["s3:", "sts:", "kms:", "sqs:", "dynamodb:"];
                let is_reached = reached.iter().any(|service| self.action().starts_with(service));
                is_reached && !is_resourceless && !is_linked && !self.manages(layer, owner)
            }
            Layer::VpcEndpoint => true,
            Layer::Resource => !self.assumes_role() && !is_resourceless && !self.is_on_alias(),
            Layer::Trust => self.assumes_role(),
            Layer::Identity | Layer::Boundary => !without_policies && !self.is(":root"),
            Layer::Session => !without_policies && !self.is(":root") && !self.is(":user/"),
        }
    }

    fn manages(&self, layer: Layer, account: Option<&str>) -> bool {
        let ReadingModel::Levels(levels) = self.world.reading(layer) else { return false };
        account.is_some() && levels.iter().flatten().any(|policy| policy.manager == account)
    }

    fn reading(&self, layer: Layer) -> &ReadingModel {
        self.world.reading(layer)
    }

    /// Every key and every role has a policy: where there is none, it was not read.
    fn is_unread(&self, layer: Layer) -> bool {
        let has_one = layer == Layer::Trust || (layer == Layer::Resource && self.is_on_key());
        match self.reading(layer) {
            ReadingModel::NotChecked => true,
            ReadingModel::Absent => has_one,
            ReadingModel::Failed | ReadingModel::Levels(_) => false,
        }
    }

    /// Whether there is something that has to allow, as a ceiling has.
    fn is_there(&self, layer: Layer) -> bool {
        self.has_say(layer) && matches!(self.reading(layer), ReadingModel::Levels(_) | ReadingModel::Failed)
    }

    /// A thing that is not known, as it goes into an Allow.
    fn doubt(&self) -> Ways {
        if self.hopeful { Ways::ALL } else { Ways::default() }
    }

    /// Whether the layer denies, and whom it allows at every level.
    fn says(&self, layer: Layer) -> (bool, Ways) {
        let levels = match self.reading(layer) {
            _ if !self.has_say(layer) => return (false, Ways::default()),
            ReadingModel::Failed => return (!self.hopeful, self.doubt()),
            ReadingModel::Levels(levels) => levels,
            ReadingModel::NotChecked | ReadingModel::Absent => return (false, Ways::default()),
        };
        let mut denied = false;
        let mut each: Vec<Ways> = Vec::new();
        for policies in levels {
            // AWS attaches RCPFullAWSAccess everywhere, for good.
            let mut level = Ways { direct: layer == Layer::ResourceControl, ..Ways::default() };
            for policy in policies {
                if policy.statements.is_none() {
                    // A ceiling that most may not read does not count, nor does it grant if it is a resource's; of all
                    // others it may deny, and it may allow.
                    match layer {
                        Layer::Resource => {}
                        _ if COUNT_IF_READ.contains(&layer) => level.direct = true,
                        _ => {
                            denied |= !self.hopeful;
                            level.add(self.doubt());
                        }
                    }
                }
                for statement in policy.statements.iter().flatten() {
                    let ways = self.applies(policy, statement, layer, statement.allow == self.hopeful);
                    if statement.allow {
                        level.add(ways);
                    } else {
                        denied |= ways.any();
                    }
                }
            }
            each.push(level);
        }
        (denied, if each.iter().all(|level| level.any()) { each[0] } else { Ways::default() })
    }

    /// In which ways the statement applies; `doubts_count`: also where it is not known.
    fn applies(&self, policy: &PolicyModel, statement: &StatementModel, layer: Layer, doubts_count: bool) -> Ways {
        let counts = |truth: Truth| truth == Truth::Yes || (truth == Truth::Unknown && doubts_count);
        if !counts(self.body(policy, statement, layer)) {
            return Ways::default();
        }
        if !has_principals(layer) {
            return Ways { direct: true, ..Ways::default() };
        }
        let Some(principal) = &statement.principal else { return Ways::default() };
        if principal.not {
            // AWS takes none in an RCP.
            let odd = layer == Layer::ResourceControl;
            let about = if odd { Truth::Unknown } else { self.about_all_but(principal, statement.allow) };
            return Ways { direct: counts(about), ..Ways::default() };
        }
        let mut ways = Ways { direct: principal.entries.is_empty(), ..Ways::default() };
        for entry in &principal.entries {
            let named = |tag| {
                let mut truth = self.names(*entry, tag);
                let s3_or_dynamodb = self.action().starts_with("s3:") || self.action().starts_with("dynamodb:");
                if tag == Tag::Account && layer == Layer::VpcEndpoint && s3_or_dynamodb && !self.is(":root") {
                    // It may be a gateway, for which an account is its root user.
                    truth = truth.and(Truth::Unknown);
                }
                counts(truth)
            };
            ways.add(Ways { direct: named(Tag::Direct), role: named(Tag::Role), account: named(Tag::Account) });
        }
        ways
    }

    /// Whether action, resource and conditions fit.
    fn body(&self, policy: &PolicyModel, statement: &StatementModel, layer: Layer) -> Truth {
        let mut statement = statement.clone();
        if layer == Layer::Trust {
            statement.not_resource = false;
            statement.resources = vec!["*".to_owned()];
        }
        let one = PolicyModel { statements: Some(vec![statement]), ..policy.clone() };
        let document = one.policy(Layer::Identity, &mut None).document.unwrap();
        judge(&document.statements[0], Layer::Identity, &self.request).any()
    }

    /// Whether an entry names the caller in this way.
    fn names(&self, (kind, name): (&str, &str), tag: Tag) -> Truth {
        let of_direct = |truth: Truth| if tag == Tag::Direct { truth } else { Truth::No };
        if name == "*" {
            return of_direct((kind == "AWS").into());
        }
        let is_provider = PROVIDERS.contains(&name);
        if self.is_unsigned() {
            let with_token = self.action() == "sts:AssumeRoleWithWebIdentity";
            let own = match &self.world.request.provider {
                Fact::Value(value) => (value.items == [name]).into(),
                // Some provider issued the token.
                _ => Truth::Unknown,
            };
            return if is_provider && with_token { of_direct(own) } else { Truth::No };
        }
        if self.is("unknown") {
            return if name.ends_with("/*") { Truth::No } else { Truth::Unknown };
        }
        let all = self.world.who.names.iter().filter(|(own, own_tag, _)| *own == name && *own_tag == tag);
        Truth::any(all.map(|(_, _, truth)| *truth))
    }

    /// Whether a `NotPrincipal` is about the caller: not if it lists the account, the user or role, and the session; and
    /// if it lists some of them, services differ.
    fn about_all_but(&self, principal: &PrincipalModel, allow: bool) -> Truth {
        let lists = |tag: Tag| Truth::any(principal.entries.iter().map(|entry| self.names(*entry, tag)));
        let everybody = principal.entries.is_empty() || principal.entries.contains(&("AWS", "*"));
        let account = lists(Tag::Account);
        let parts = match self.world.who.text {
            _ if self.is_unsigned() || self.is("lambda.") => vec![lists(Tag::Direct)],
            _ if self.is("unknown") => vec![Truth::Unknown],
            _ if self.is(":root") => vec![account],
            _ if self.is(":user/") || self.is(":federated-user/") => vec![account, lists(Tag::Direct)],
            _ => vec![account, lists(Tag::Role), lists(Tag::Direct)],
        };
        // Put aside: the user that may have issued a federated session, who as a principal may name it, is not looked at.
        let by_role = if self.is(":federated-user/") { Truth::No } else { lists(Tag::Role) };
        let listed = || lists(Tag::Direct).or(by_role).or(account);
        let spared = if allow && !everybody && !self.is("unknown") {
            // An Allow is for nobody who is listed in any way.
            listed()
        } else if everybody || parts.iter().all(|part| *part == Truth::Yes) {
            Truth::Yes
        } else if parts.iter().all(|part| *part == Truth::No) {
            Truth::No
        } else {
            Truth::Unknown
        };
        // Nor is anybody with a boundary spared a Deny.
        let is_entity = ["role", ":user/"].iter().any(|part| self.is(part)) && !self.is_unsigned();
        let bounded = if is_entity && !allow { self.request.caller.has_boundary } else { Truth::No };
        spared.negate().or(bounded)
    }
}

fn verdict(world: &World) -> Verdict {
    let passes = |hopeful| Reference { world, request: world.request(), hopeful }.passes();
    match (passes(false), passes(true)) {
        (true, _) => Verdict::Allowed,
        (false, false) => Verdict::Denied,
        (false, true) => Verdict::Undetermined,
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn the_verdict_is_the_documented_one(world in any_world(Openness::EXACT_ACTION)) {
        let snapshot = world.snapshot(None);
        let decision = evaluate(&world.request(), &snapshot);
        // Put aside: every role has a trust policy, so that one which is absent was not read, as a key's; where the whole
        // layer is said to be absent, it is taken for nothing that could allow, and the request is denied.
        let is_token_or_role = world.request.action.starts_with("sts:AssumeRole");
        let no_trust = is_token_or_role && matches!(world.reading(Layer::Trust), ReadingModel::Absent);
        if !no_trust && !world.counts_idle_resource(decision.layers[Layer::Resource as usize].idle) {
            prop_assert_eq!(decision.verdict, verdict(&world));
        }
    }
}

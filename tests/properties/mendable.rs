//! Worlds that one kind of edit can mend: what blocks is planted, and around it everything is as random as elsewhere.

use diagnose::context::{Fact, Value};
use diagnose::snapshot::Layer;
use proptest::prelude::*;
use proptest::sample::select;

use super::callers::{BOB, CALLERS, OTHER, OTHER_ROOT, OTHERS_ROLE, OWN, ROLE};
use super::document::{ConditionModel, PolicyModel, PrincipalModel, StatementModel};
use super::model::{OwnerModel, ReadingModel, World};
use super::random::Random;
use super::strategies::{Openness, full_access, world};

/// What is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plant {
    /// An Allow of just what is asked, on the same resource, to others.
    GrantToOthers,
    /// A Deny that lists in a condition whom it spares.
    Exemption,
    /// A level of SCPs in which no policy can be edited.
    BareLevel,
    /// An Allow of another action on the same resource.
    OtherAction,
    /// An Allow of the same action on another resource.
    OtherResource,
    /// A Deny of all but other actions.
    DenyOfAllBut,
    /// An Allow of what is asked, and perhaps of more, under a condition that the request does not meet.
    Unmet,
    /// A Deny of the action, everywhere or everywhere else than on another resource.
    DenyElsewhere,
    /// A Deny of this action and another.
    DenyOfTwo,
    /// A boundary of AWS's that allows another action, on the same resource or elsewhere.
    BoundaryOfAws,
    /// Such a boundary of the account.
    BoundaryOfAccount,
}

impl Plant {
    /// Each; those of most forms more often.
    pub(super) const ALL: [Self; 14] = [
        Self::GrantToOthers,
        Self::Exemption,
        Self::Exemption,
        Self::Exemption,
        Self::BareLevel,
        Self::Unmet,
        Self::OtherAction,
        Self::OtherResource,
        Self::DenyOfAllBut,
        Self::DenyElsewhere,
        Self::DenyElsewhere,
        Self::DenyOfTwo,
        Self::BoundaryOfAws,
        Self::BoundaryOfAccount,
    ];
}

/// A world, with the layer that holds what was planted in it.
#[derive(Debug, Clone)]
pub(super) struct Mendable {
    pub(super) world: World,
    pub(super) layer: Layer,
}

/// What is asked: an action, another one, the resource, and another one that they take.
pub(super) const ASKED: [[&str; 4]; 5] = [
    ["s3:GetObject", "s3:PutObject", "arn:aws:s3:::prod/a", "arn:aws:s3:::test/a"],
    ["s3:PutObject", "s3:GetObject", "arn:aws:s3:::prod/alice/report.csv", "arn:aws:s3:::prod/payments/*"],
    [
        "ec2:TerminateInstances",
        "ec2:RunInstances",
        "arn:aws:ec2:us-east-1:123456789012:instance/i-0123",
        "arn:aws:ec2:eu-west-1:123456789012:instance/i-0456",
    ],
    [
        "sqs:SendMessage",
        "sqs:DeleteMessage",
        "arn:aws:sqs:us-east-1:123456789012:jobs-1",
        "arn:aws:sqs:us-east-1:123456789012:jobs-2",
    ],
    [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "arn:aws:dynamodb:us-east-1:123456789012:table/prod-x",
        "arn:aws:dynamodb:us-east-1:123456789012:table/test-?",
    ],
];

/// A condition, the value that it lists, the one that the request has, and another one.
pub(super) const UNMET: [[&str; 5]; 6] = [
    ["IpAddress", "aws:SourceIp", "203.0.113.0/24", "198.51.100.1", "198.51.100.2"],
    ["StringEquals", "aws:RequestedRegion", "eu-west-1", "us-east-1", "us-west-2"],
    ["StringLike", "aws:PrincipalTag/team", "pay*", "blue", "blueish"],
    ["StringEqualsIgnoreCaseIfExists", "aws:PrincipalTag/team", "payments", "blue", "red"],
    ["Bool", "aws:MultiFactorAuthPresent", "true", "false", ""],
    ["StringEquals", "sts:ExternalId", "abc", "abd", ""],
];

/// The same of a role that a user assumes.
const ASSUMED: [&str; 4] = ["sts:AssumeRole", "sts:TagSession", ROLE, ADMIN];

const ADMIN: &str = "arn:aws:iam::123456789012:role/Admin";

/// A role, a session of which the role is known, a user.
const WHO: [usize; 3] = [0, 1, 3];

/// Any of them; `alone`: nothing else is in the world that could block or grant.
pub(super) fn mendable(plants: &'static [Plant], alone: bool) -> impl Strategy<Value = Mendable> {
    (world(Openness::NONE), select(plants), any::<u64>()).prop_map(move |(world, plant, seed)| {
        let mut random = Random(seed);
        Planting { world, asked: *random.pick(&ASKED), random, alone }.plant(plant)
    })
}

/// Any random world, most of them with something planted.
pub(super) fn deniable() -> impl Strategy<Value = World> {
    prop_oneof![1 => world(Openness::NONE), 4 => mendable(&Plant::ALL, false).prop_map(|one| one.world)]
}

struct Planting {
    world: World,
    asked: [&'static str; 4],
    random: Random,
    alone: bool,
}

/// Of one or several items, in any order.
fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

impl Planting {
    fn plant(mut self, plant: Plant) -> Mendable {
        self.world.who = &CALLERS[*self.random.pick(&WHO)];
        if plant == Plant::GrantToOthers && self.random.below(3) == 0 {
            (self.asked, self.world.who) = (ASSUMED, &CALLERS[3]);
        }
        self.ask();
        let layer = match plant {
            Plant::GrantToOthers => self.grant_to_others(),
            Plant::Exemption => self.exemption(),
            Plant::BareLevel => self.bare_level(),
            Plant::Unmet => self.unmet(),
            Plant::OtherAction | Plant::OtherResource => self.neighbour(plant == Plant::OtherAction),
            Plant::DenyOfAllBut | Plant::DenyElsewhere | Plant::DenyOfTwo => self.deny(plant),
            Plant::BoundaryOfAws => self.boundary("aws"),
            Plant::BoundaryOfAccount => self.boundary(OWN),
        };
        self.world.name();
        Mendable { world: self.world, layer }
    }

    /// The request, and the layers around what will be planted: mostly such that they stop nothing.
    fn ask(&mut self) {
        let [action, _, resource, _] = self.asked;
        let request = &mut self.world.request;
        (request.action, request.resource, request.exact) = (action.to_owned(), resource.to_owned(), true);
        (request.owner, request.rest.service) = (OwnerModel::Own, None);
        request.facts.retain(|(key, _)| key != "aws:PrincipalArn");
        request.facts.push(("aws:PrincipalArn".to_owned(), Fact::Value(Value::one(self.world.who.entity()))));
        for layer in Layer::ALL {
            if self.alone || self.random.below(4) > 0 {
                let reading = match layer {
                    Layer::Identity => ReadingModel::policy(full_access()),
                    _ => ReadingModel::Absent,
                };
                self.world.readings[layer as usize] = reading;
            }
        }
    }

    /// A policy of these statements and, perhaps, of those that are there.
    fn put(&mut self, layer: Layer, mut statements: Vec<StatementModel>, manager: Option<&'static str>) -> Layer {
        let (alone, coin) = (self.alone, self.random.coin());
        let reading = &mut self.world.readings[layer as usize];
        let there = reading.levels_mut().first_mut().and_then(|level| level.first_mut());
        let mut random = there.and_then(|policy| policy.statements.take()).unwrap_or_default();
        if !alone && coin {
            statements.append(&mut random);
            self.random.shuffle(&mut statements);
        }
        *reading = ReadingModel::policy(PolicyModel { manager, ..PolicyModel::of(statements) });
        layer
    }

    fn statement(&self, allow: bool, actions: &[&str], resources: &[&str]) -> StatementModel {
        StatementModel { actions: texts(actions), resources: texts(resources), ..StatementModel::all(allow) }
    }

    fn any_layer(&mut self) -> Layer {
        *self.random.pick(&[Layer::ServiceControl, Layer::Identity, Layer::Boundary, Layer::Session])
    }

    fn grant_to_others(&mut self) -> Layer {
        let [action, _, resource, _] = self.asked;
        let layer = if self.world.request.action == ASSUMED[0] { Layer::Trust } else { Layer::Resource };
        if layer == Layer::Resource {
            self.world.request.owner = OwnerModel::Other;
        }
        let mut grant = self.statement(true, &[action], &[resource]);
        let mut others = vec![("AWS", BOB), ("AWS", OTHERS_ROLE), ("AWS", OTHER), ("AWS", OTHER_ROOT)];
        self.random.shuffle(&mut others);
        others.truncate(1 + self.random.below(3));
        if self.random.coin() {
            others.push(("Service", "ec2.amazonaws.com"));
        }
        grant.principal = Some(PrincipalModel { not: false, entries: others });
        self.put(layer, vec![grant], None)
    }

    fn exemption(&mut self) -> Layer {
        let [action, other, resource, elsewhere] = self.asked;
        let operators = ["ArnNotLike", "ArnNotEquals", "StringNotEquals", "StringNotLike", "ArnNotLikeIfExists"];
        let condition = ConditionModel {
            operator: (*self.random.pick(&operators)).to_owned(),
            key: (*self.random.pick(&["aws:PrincipalArn", "aws:principalarn"])).to_owned(),
            values: texts(&[ADMIN, OTHERS_ROLE][self.random.below(2)..]),
        };
        let actions = self.random.pick(&[vec![action], vec![action], vec![action, other], vec![other, action]]).clone();
        let resource = *self.random.pick(&[resource, resource, "*", elsewhere]);
        let mut deny = self.statement(false, &actions, &[resource]);
        (deny.not_resource, deny.conditions) = (resource == elsewhere, vec![condition]);
        let layer = if self.random.below(4) == 0 { Layer::Resource } else { self.any_layer() };
        self.put(layer, vec![StatementModel::all(true), deny], None)
    }

    fn unmet(&mut self) -> Layer {
        let [action, other, resource, _] = self.asked;
        let [operator, key, listed, had, _] = *self.random.pick(&UNMET);
        self.world.request.facts.retain(|(known, _)| !known.eq_ignore_ascii_case(key));
        self.world.request.facts.push((key.to_owned(), Fact::Value(Value::one(had))));
        let actions = self.random.pick(&[vec![action], vec![action, other], vec!["*"]]).clone();
        let resource = *self.random.pick(&[resource, "*"]);
        let mut allow = self.statement(true, &actions, &[resource]);
        let condition = ConditionModel { operator: operator.to_owned(), key: key.to_owned(), values: texts(&[listed]) };
        allow.conditions = vec![condition];
        let layer = self.any_layer();
        self.put(layer, vec![allow], None)
    }

    fn bare_level(&mut self) -> Layer {
        let [action, other, _, elsewhere] = self.asked;
        let action = *self.random.pick(&[action, other]);
        let narrow = PolicyModel::of(vec![self.statement(true, &[action], &[elsewhere])]);
        let bare = if self.random.coin() { Vec::new() } else { vec![PolicyModel { manager: Some("aws"), ..narrow }] };
        let mut levels = vec![vec![full_access()], bare, vec![full_access()]];
        levels.truncate(2 + self.random.below(2));
        self.world.readings[Layer::ServiceControl as usize] = ReadingModel::Levels(levels);
        Layer::ServiceControl
    }

    fn neighbour(&mut self, of_action: bool) -> Layer {
        let [action, other, resource, elsewhere] = self.asked;
        let (action, resource) = if of_action { (other, resource) } else { (action, elsewhere) };
        let allow = self.statement(true, &[action], &[resource]);
        let layer = self.any_layer();
        self.put(layer, vec![allow], None)
    }

    fn deny(&mut self, plant: Plant) -> Layer {
        let [action, other, resource, elsewhere] = self.asked;
        let mut deny = match plant {
            Plant::DenyOfAllBut => self.statement(false, &[other, "iam:*"], &["*"]),
            Plant::DenyOfTwo => self.statement(false, &[other, action], &["*"]),
            _ => self.statement(false, &[action], &[*self.random.clone().pick(&["*", elsewhere])]),
        };
        deny.not_action = plant == Plant::DenyOfAllBut;
        deny.not_resource = deny.resources == [elsewhere];
        if plant != Plant::DenyElsewhere && self.random.coin() {
            deny.resources = texts(&[resource, elsewhere]);
        }
        let layer = match self.random.below(6) {
            0 => Layer::Resource,
            1 => Layer::ResourceControl,
            _ => self.any_layer(),
        };
        self.put(layer, vec![StatementModel::all(true), deny], None)
    }

    fn boundary(&mut self, account: &'static str) -> Layer {
        let [_, other, resource, elsewhere] = self.asked;
        let resource = *self.random.pick(&[resource, elsewhere]);
        let allow = self.statement(true, &[other], &[resource]);
        self.put(Layer::Boundary, vec![allow], Some(account))
    }
}

/// The same for another caller, as if the policies were its own.
pub(super) fn as_another(world: &World, caller: usize) -> World {
    let mut other = World { who: &CALLERS[caller], ..world.clone() };
    let facts = other.request.facts.iter_mut().filter(|(key, _)| key == "aws:PrincipalArn");
    facts.for_each(|(_, fact)| *fact = Fact::Value(Value::one(other.who.entity())));
    other
}

/// Whether two callers are sessions of one role, or the role itself.
pub(super) fn is_same(one: &World, other: &World) -> bool {
    let is_of_role = |world: &World| world.who.entity() == ROLE || world.who.text.contains("assumed-role/MyRole/");
    one.who.entity() == other.who.entity() || (is_of_role(one) && is_of_role(other))
}

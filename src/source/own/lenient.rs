//! A snapshot in which some entries are not of the shape that they should have. The list of failed reads is not among
//! what may be so: of a read that nobody can tell, nothing that was read is certain.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Entry, File, Target, UnreadEntry, present};
use crate::principal::Principal;
use crate::source::broken::{Broken, List, read};

pub(super) static PRINCIPALS: List = List { name: "principals", holds: Some(is_principal) };
static SERVICE_CONTROL: List = List { name: "service_control_policies", holds: None };
static RESOURCE_CONTROL: List = List { name: "resource_control_policies", holds: None };
pub(super) static RESOURCES: List = List { name: "resource_policies", holds: None };
pub(super) static ENDPOINTS: List = List { name: "vpc_endpoint_policies", holds: None };
static HOLDERS: List = List { name: "policy_holders", holds: None };

type Raw<'a> = Vec<&'a RawValue>;

#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(borrow, default)]
    principals: Raw<'a>,
    #[serde(borrow, default, deserialize_with = "present")]
    service_control_policies: Option<Option<Raw<'a>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    resource_control_policies: Option<Option<Raw<'a>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    resource_policies: Option<Option<Raw<'a>>>,
    #[serde(borrow, default, deserialize_with = "present")]
    vpc_endpoint_policies: Option<Option<Raw<'a>>>,
    #[serde(borrow, default)]
    policy_holders: Option<Raw<'a>>,
    #[serde(default)]
    unread: Option<Vec<UnreadEntry>>,
}

/// Whether an ARN is one of a principal.
pub(super) fn is_principal(arn: &str) -> bool {
    Principal::from_arn(arn).is_some()
}

/// Reads the snapshot; `None` where its lists are no lists at all.
pub(super) fn file(text: &str) -> Option<File<'_>> {
    let lists: Lists<'_> = serde_json::from_str(text).ok()?;
    let mut broken = Vec::new();
    let unread = |arn| Some(Entry { arn: arn?, is_broken: true, ..Entry::default() });
    let principals = read(&PRINCIPALS, lists.principals, unread, &mut broken);
    Some(File {
        principals,
        service_control_policies: list(&SERVICE_CONTROL, lists.service_control_policies, level, &mut broken),
        resource_control_policies: list(&RESOURCE_CONTROL, lists.resource_control_policies, level, &mut broken),
        resource_policies: list(&RESOURCES, lists.resource_policies, || None, &mut broken),
        vpc_endpoint_policies: list(&ENDPOINTS, lists.vpc_endpoint_policies, || None, &mut broken),
        policy_holders: lists.policy_holders.map(|entries| read(&HOLDERS, entries, |_| None, &mut broken)),
        unread: lists.unread,
        broken,
        ..File::default()
    })
}

/// A level of which nothing is known.
fn level<'a>() -> Option<Target<'a>> {
    Some(Target { target: None, policies: None })
}

/// A list that may be absent or `null`; `unread` is what stands for an entry that cannot be read.
fn list<'a, T: Deserialize<'a>>(
    list: &'static List,
    entries: Option<Option<Raw<'a>>>,
    unread: impl Fn() -> Option<T>,
    broken: &mut Vec<Broken<'a>>,
) -> Option<Option<Vec<T>>> {
    entries.map(|entries| entries.map(|entries| read(list, entries, |_| unread(), broken)))
}

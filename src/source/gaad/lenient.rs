//! An answer in which some entries are not of the shape that AWS gives them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::page::{Entity, Managed, Page};
use crate::source::broken::{Broken, List, read};

static ROLES: List = List { name: "RoleDetailList", holds: Some(super::is_person_arn) };
static USERS: List = List { name: "UserDetailList", holds: Some(super::is_person_arn) };
static GROUPS: List = List { name: "GroupDetailList", holds: None };
static POLICIES: List = List { name: "Policies", holds: None };

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lists<'a> {
    #[serde(borrow, default)]
    role_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    user_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    group_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    policies: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    is_truncated: Option<bool>,
}

/// Reads all pages of `text`; `None` where they are no lists at all.
pub(super) fn pages(text: &str) -> Option<(Page<'_>, Vec<Broken<'_>>)> {
    let mut all = Page::default();
    let mut broken = Vec::new();
    for page in serde_json::Deserializer::from_str(text).into_iter::<Lists<'_>>() {
        let page = page.ok()?;
        let entity = |arn| Some(Entity { arn: arn?, is_broken: true, ..Entity::default() });
        let managed = |arn| Some(Managed { arn: arn?, is_broken: true, ..Managed::default() });
        all.role_detail_list.extend(read(&ROLES, page.role_detail_list.unwrap_or_default(), entity, &mut broken));
        all.user_detail_list.extend(read(&USERS, page.user_detail_list.unwrap_or_default(), entity, &mut broken));
        all.group_detail_list.extend(read(&GROUPS, page.group_detail_list.unwrap_or_default(), entity, &mut broken));
        all.policies.extend(read(&POLICIES, page.policies.unwrap_or_default(), managed, &mut broken));
        all.is_truncated = page.is_truncated;
    }
    Some((all, broken))
}

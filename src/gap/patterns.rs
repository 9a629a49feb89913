//! A set of actions as a person would write it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use crate::catalogue::{ActionSet, Catalogued, Quick};
use crate::reach::Names;

/// The patterns that stand for exactly these actions of the catalogue: what a pattern matches, but for what one that
/// begins with `!` matches, wherever it stands. Sorted by services, exceptions behind what they are exceptions from; actions
/// that the catalogue does not know come last, by name.
pub fn compressed(set: &ActionSet, names: &Names) -> Vec<String> {
    let unknown = names.unknowns().filter(|number| set.contains(*number)).map(|number| names.text(number));
    let each: Vec<(&str, Part)> =
        SORTED.iter().map(|(prefix, range)| (*prefix, Part::of(prefix, range, set))).collect();
    let apart: usize = each.iter().map(|(_, part)| part.listed().map_or(1, <[String]>::len)).sum();
    let together: usize = 1 + each.iter().map(|(_, part)| part.excepted().map_or(1, <[String]>::len)).sum::<usize>();
    let mut all = Vec::with_capacity(apart.min(together));
    if apart > together {
        all.push("*".to_owned());
        for (prefix, part) in &each {
            match part.excepted() {
                None => all.push(format!("!{prefix}:*")),
                Some(patterns) => all.extend(patterns.iter().map(|pattern| format!("!{pattern}"))),
            }
        }
    } else {
        for (prefix, part) in &each {
            match part.listed() {
                None => all.push(format!("{prefix}:*")),
                Some(patterns) => all.extend_from_slice(patterns),
            }
        }
    }
    all.extend(unknown);
    all
}

/// The same for each service by itself, with the prefix and the actions; those that the catalogue does not know by
/// themselves too.
pub fn by_service(set: &ActionSet, names: &Names) -> Vec<(String, ActionSet, Vec<String>)> {
    let mut each = Vec::new();
    for (prefix, range) in Catalogued::get().services() {
        let part = Part::of(prefix, range, set);
        let listed = part.listed().map_or_else(|| vec![format!("{prefix}:*")], <[String]>::to_vec);
        if !listed.is_empty() {
            let own: ActionSet = range.clone().filter(|number| set.contains(*number)).collect();
            each.push(((*prefix).to_owned(), own, listed));
        }
    }
    for number in names.unknowns().filter(|number| set.contains(*number)) {
        let text = names.text(number);
        let prefix = text.split(':').next().unwrap_or_default().to_lowercase();
        each.push((prefix, std::iter::once(number).collect(), vec![text]));
    }
    each.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    each
}

/// A service's part of a set.
enum Part {
    /// None of its actions.
    None,
    /// All of them.
    All,
    /// Some.
    Some(Arc<Written>),
}

/// Some of a service's actions.
struct Written {
    /// As patterns with exceptions.
    listed: Vec<String>,
    /// What of the service is not among them, as patterns without exceptions.
    excepted: Vec<String>,
}

/// The services with their actions, by their prefixes.
static SORTED: LazyLock<Vec<(&str, Range<u32>)>> = LazyLock::new(|| {
    let mut services = Catalogued::get().services().to_vec();
    services.sort_by_key(|(prefix, _)| *prefix);
    services
});

/// By where the service's actions begin, and which of them they are: policies name the same ones again and again.
static WRITTEN: LazyLock<RwLock<ByPart>> = LazyLock::new(RwLock::default);

type ByPart = HashMap<(u32, ActionSet), Arc<Written>, Quick>;

/// How many of them are kept: an account may have any number.
const KEPT: usize = 20_000;

impl Part {
    fn of(prefix: &str, range: &Range<u32>, set: &ActionSet) -> Self {
        match set.count_in(range) {
            0 => Self::None,
            count if count == range.len() => Self::All,
            _ => {
                let key = (range.start, set.part(range));
                let known = WRITTEN.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
                Self::Some(known.unwrap_or_else(|| {
                    let new = Arc::new(written(prefix, range.clone(), set));
                    let mut all = WRITTEN.write().unwrap_or_else(PoisonError::into_inner);
                    if all.len() < KEPT { Arc::clone(all.entry(key).or_insert(new)) } else { new }
                }))
            }
        }
    }

    /// The patterns of it, with exceptions; `None` = the whole service.
    fn listed(&self) -> Option<&[String]> {
        match self {
            Self::None => Some(&[]),
            Self::All => None,
            Self::Some(written) => Some(&written.listed),
        }
    }

    /// The patterns of the rest of the service; `None` = the whole service.
    fn excepted(&self) -> Option<&[String]> {
        match self {
            Self::None => None,
            Self::All => Some(&[]),
            Self::Some(written) => Some(&written.excepted),
        }
    }
}

/// An action with its name.
struct Named {
    number: u32,
    name: &'static str,
    lower: &'static str,
}

/// The actions of a service by the words that their names begin with.
struct Tree {
    /// By their lower-case names.
    actions: Vec<Named>,
    root: Node,
}

/// By where a service's actions begin: its tree, once somebody asked for a part of it.
static TREES: LazyLock<HashMap<u32, OnceLock<Tree>, Quick>> =
    LazyLock::new(|| SORTED.iter().map(|(_, range)| (range.start, OnceLock::new())).collect());

impl Tree {
    fn new(prefix: &str, range: Range<u32>) -> Self {
        let named = |number| {
            let all = Catalogued::get();
            let lower = all.lower(number).get(prefix.len() + 1..).unwrap_or_default();
            Some(Named { number, name: all.action(number)?.name(), lower })
        };
        let actions: Vec<Named> = range.filter_map(named).collect();
        let root = Node::new(&actions, 0, 0);
        Self { actions, root }
    }
}

fn written(prefix: &str, range: Range<u32>, set: &ActionSet) -> Written {
    let write = |patterns: Vec<String>, mark: &str| {
        patterns.into_iter().map(|one| format!("{mark}{prefix}:{one}")).collect::<Vec<String>>()
    };
    let Some(tree) = TREES.get(&range.start) else { return Written { listed: Vec::new(), excepted: Vec::new() } };
    let Tree { actions, root } = tree.get_or_init(|| Tree::new(prefix, range));
    let has = |named: &Named| set.contains(named.number);
    let excepted = write(root.cover(actions, &|named| !has(named)), "");
    let (listed, exceptions) = root.patterns(actions, &has);
    let mut listed = write(listed, "");
    listed.extend(write(exceptions, "!"));
    Written { listed, excepted }
}

/// The actions of a service whose names begin alike, up to where a word ends in one of them.
struct Node {
    /// Their places among the service's.
    actions: Range<usize>,
    /// How long the beginning is.
    length: usize,
    children: Vec<Node>,
}

impl Node {
    /// Of these actions, of which the first has this place.
    fn new(actions: &[Named], place: usize, length: usize) -> Self {
        let mut children = Vec::new();
        let mut rest = actions;
        while let Some((first, others)) = rest.split_first() {
            let at = place + actions.len() - rest.len();
            // A name that the others go on from stands for itself; so does one without others.
            let alone = first.lower.len() == length;
            let beginning = if alone { first.lower } else { beginning(rest, first, length) };
            let alike =
                if alone { 0 } else { others.iter().take_while(|one| one.lower.starts_with(beginning)).count() };
            let (group, behind) = rest.split_at_checked(alike + 1).unwrap_or((rest, &[]));
            rest = behind;
            if group.len() == actions.len() && alike > 0 {
                return Self::new(actions, place, beginning.len());
            }
            children.push(match group {
                [_] => Self { actions: at..at + 1, length: first.lower.len(), children: Vec::new() },
                _ => Self::new(group, at, beginning.len()),
            });
        }
        Self { actions: place..place + actions.len(), length, children }
    }

    fn actions<'a>(&self, all: &'a [Named]) -> &'a [Named] {
        all.get(self.actions.clone()).unwrap_or_default()
    }

    /// The pattern of all of them.
    fn pattern(&self, all: &[Named]) -> String {
        match self.actions(all) {
            [only] => only.name.to_owned(),
            [first, ..] => format!("{}*", first.name.get(..self.length).unwrap_or_default()),
            [] => String::new(),
        }
    }

    /// The fewest patterns that match what is wanted and nothing else.
    fn cover(&self, all: &[Named], wanted: &dyn Fn(&Named) -> bool) -> Vec<String> {
        match self.actions(all).iter().filter(|one| wanted(one)).count() {
            0 => Vec::new(),
            count if count == self.actions.len() => vec![self.pattern(all)],
            _ => self.children.iter().flat_map(|child| child.cover(all, wanted)).collect(),
        }
    }

    /// As [`Self::cover`], where one pattern with exceptions may stand for several.
    fn patterns(&self, all: &[Named], wanted: &dyn Fn(&Named) -> bool) -> (Vec<String>, Vec<String>) {
        let count = self.actions(all).iter().filter(|one| wanted(one)).count();
        if count == 0 {
            return (Vec::new(), Vec::new());
        }
        if count == self.actions.len() {
            return (vec![self.pattern(all)], Vec::new());
        }
        let (mut listed, mut exceptions) = (Vec::new(), Vec::new());
        for child in &self.children {
            let (own, but) = child.patterns(all, wanted);
            listed.extend(own);
            exceptions.extend(but);
        }
        let others = self.cover(all, &|named| !wanted(named));
        if others.len() + 1 < listed.len() + exceptions.len() {
            return (vec![self.pattern(all)], others);
        }
        (listed, exceptions)
    }
}

/// The shortest beginning, longer than `length`, that ends where a word of a name ends and that the first of these names
/// has.
fn beginning<'a>(actions: &'a [Named], first: &'a Named, length: usize) -> &'a str {
    let Some(start) = first.lower.get(..length + 1) else { return first.lower };
    let alike = actions.iter().take_while(|one| one.lower.starts_with(start));
    let ends = alike.flat_map(|one| word_ends(one.name).map(move |end| (end, one)));
    let shared = ends.filter(|(end, one)| {
        *end > length && one.lower.get(..*end).is_some_and(|beginning| first.lower.starts_with(beginning))
    });
    let shortest = shared.map(|(end, _)| end).min().unwrap_or(first.lower.len());
    first.lower.get(..shortest).unwrap_or(first.lower)
}

/// Where the words of a name end: `Describe`, `DB`, `Instances`.
fn word_ends(name: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = name.as_bytes();
    let starts_word = move |at: &usize| {
        let upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
        let lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
        let separates = |at: usize| bytes.get(at).is_some_and(|byte| b"-_".contains(byte));
        (upper(*at) && (!upper(*at - 1) || lower(*at + 1))) || separates(*at - 1)
    };
    (1..name.len()).filter(starts_word).chain(std::iter::once(name.len()))
}

#[cfg(test)]
mod tests {
    use super::compressed;
    use crate::catalogue::{ActionSet, Catalogued};
    use crate::policy::actions_matching;
    use crate::reach::Names;

    fn set(patterns: &[&str]) -> ActionSet {
        let mut set = ActionSet::new();
        for pattern in patterns.iter().filter(|pattern| !pattern.starts_with('!')) {
            set.insert_all(&actions_matching(pattern));
        }
        patterns
            .iter()
            .filter_map(|pattern| pattern.strip_prefix('!'))
            .fold(set, |set, not| set.without(&actions_matching(not)))
    }

    /// As written, if that is how a person would.
    #[track_caller]
    fn check(patterns: &[&str]) {
        let found = compressed(&set(patterns), &Names::default());
        assert_eq!(found, patterns);
    }

    #[test]
    fn as_a_person_would_write_it() {
        check(&[]);
        check(&["*"]);
        check(&["s3:GetObject"]);
        check(&["ec2:*"]);
        check(&["ec2:*", "s3:*"]);
        check(&["ec2:*", "!ec2:Describe*"]);
        check(&["ec2:Describe*", "s3:GetObject", "s3:PutObject"]);
        check(&["*", "!account:*", "!iam:*", "!organizations:*"]);
        check(&["*", "!ec2:Describe*"]);
        check(&["iam:*", "!iam:Get*", "!iam:List*", "s3:Get*"]);
        check(&["rds:Describe*", "!rds:DescribeDBInstances"]);
    }

    #[test]
    fn any_set_expands_to_itself() {
        let all = Catalogued::get();
        let mut seed = 7_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(seed >> 40).unwrap()
        };
        for sparse in [2, 20, 300] {
            for _ in 0..2 {
                let some: ActionSet = (0..all.len()).filter(|_| random() % sparse == 0).collect();
                for set in [some.clone(), actions_matching("*").without(&some)] {
                    let patterns = compressed(&set, &Names::default());
                    let texts: Vec<&str> = patterns.iter().map(String::as_str).collect();
                    assert!(self::set(&texts) == set, "1 of {sparse}");
                }
            }
        }
    }
}

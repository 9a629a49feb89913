//! What somebody expects of an answer, for runbooks and for tests of policies.

use std::fmt;
use std::str::FromStr;

use crate::eval::Verdict;
use crate::report::ResultReport;
use crate::snapshot::Layer;

/// A verdict, and perhaps the layer that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The verdict.
    pub verdict: Verdict,
    /// A layer that denies; others may deny too. Of no other verdict.
    pub layer: Option<Layer>,
}

impl Expected {
    /// Whether an answer is as expected. Of an action that is a slip of the hand no answer is: policies deny whatever
    /// nobody has heard of.
    pub fn holds(self, result: &ResultReport) -> bool {
        let blocks = |layer: Layer| result.blocked_by.iter().any(|block| block.layer == layer.code());
        result.slip.is_none() && result.verdict == self.verdict.code() && self.layer.is_none_or(blocks)
    }
}

/// A text that is no expectation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpectError {
    /// Neither of the three verdicts.
    #[error("`{0}` is no verdict: allowed, denied, denied:LAYER or undetermined")]
    Verdict(String),
    /// Not a layer.
    #[error("`{0}` is no layer: {layers}", layers = Layer::ALL.map(Layer::code).join(", "))]
    Layer(String),
    /// Only denials come from a layer.
    #[error("a layer goes with denied alone: denied:{0}")]
    NotDenied(String),
}

impl FromStr for Expected {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let (name, layer) = text.split_once(':').map_or((text, None), |(name, layer)| (name, Some(layer)));
        let all = [Verdict::Allowed, Verdict::Denied, Verdict::Undetermined];
        let verdict = all.into_iter().find(|verdict| verdict.code() == name);
        let verdict = verdict.ok_or_else(|| ExpectError::Verdict(name.to_owned()))?;
        let known = |name: &str| Layer::ALL.into_iter().find(|layer| layer.code() == name);
        let layer = layer.map(|name| known(name).ok_or_else(|| ExpectError::Layer(name.to_owned()))).transpose()?;
        match layer {
            Some(layer) if verdict != Verdict::Denied => Err(ExpectError::NotDenied(layer.code().to_owned())),
            layer => Ok(Self { verdict, layer }),
        }
    }
}

/// `denied by the permissions boundary`.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verdict.code())?;
        self.layer.map_or(Ok(()), |layer| write!(f, " by the {}", layer.words()))
    }
}

/// What an answer is, in the words of an expectation: `denied by the identity policies and the permissions boundary`.
pub fn found(result: &ResultReport) -> String {
    let words = |code: &str| Layer::ALL.into_iter().find(|layer| layer.code() == code).map_or("?", Layer::words);
    let layers: Vec<String> = result.blocked_by.iter().map(|block| format!("the {}", words(block.layer))).collect();
    let keys: Vec<&str> = result.depends_on.iter().map(|dependency| dependency.key.as_str()).collect();
    match (layers.is_empty(), keys.is_empty()) {
        (false, _) => format!("{} by {}", result.verdict, layers.join(" and ")),
        (true, false) => format!("{}: it depends on {}", result.verdict, keys.join(", ")),
        (true, true) => result.verdict.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Expected;

    #[test]
    fn a_layer_goes_with_a_denial() {
        let read =
            |text: &str| text.parse::<Expected>().map_or_else(|error| error.to_string(), |read| read.to_string());
        assert_eq!(read("denied:boundary"), "denied by the permissions boundary");
        assert_eq!(read("allowed"), "allowed");
        assert_eq!(read("undetermined"), "undetermined");
        assert_eq!(read("allowed:scp"), "a layer goes with denied alone: denied:scp");
        assert_eq!(read("refused"), "`refused` is no verdict: allowed, denied, denied:LAYER or undetermined");
        let layers = "scp, rcp, vpc-endpoint, resource, trust, identity, boundary, session";
        assert_eq!(read("denied:law"), format!("`law` is no layer: {layers}"));
        assert_eq!(read("denied:"), format!("`` is no layer: {layers}"));
    }
}

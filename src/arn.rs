//! ARNs: the six fields, and nothing about what they mean to a service.
//!
//! Source: IAM User Guide, "IAM identifiers: IAM ARNs"; AWS General Reference, "Amazon Resource Names (ARNs)".

/// An ARN split at its first five colons; the resource part keeps its own colons and slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …, kept as read.
    pub partition: &'a str,
    /// The service namespace, `s3`.
    pub service: &'a str,
    /// The region, empty for global resources and for S3.
    pub region: &'a str,
    /// The account, 12 digits; empty or `aws` for some resources.
    pub account: &'a str,
    /// The resource part, `role/team/MyRole`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The fields of `text`, or `None` where it does not start with `arn:` or has fewer than six fields.
    pub fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("arn:")?;
        // Of a short text, a search byte by byte is the fastest.
        let mut colons = rest.bytes().enumerate().filter(|(_, byte)| *byte == b':').map(|(at, _)| at);
        let [first, second, third, fourth] = [colons.next()?, colons.next()?, colons.next()?, colons.next()?];
        Some(Self {
            partition: rest.get(..first)?,
            service: rest.get(first + 1..second)?,
            region: rest.get(second + 1..third)?,
            account: rest.get(third + 1..fourth)?,
            resource: rest.get(fourth + 1..)?,
        })
    }
}

/// Whether `text` is an account id: 12 digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

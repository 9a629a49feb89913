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
        let mut fields = text.splitn(6, ':');
        if fields.next()? != "arn" {
            return None;
        }
        Some(Self {
            partition: fields.next()?,
            service: fields.next()?,
            region: fields.next()?,
            account: fields.next()?,
            resource: fields.next()?,
        })
    }
}

/// Whether `text` is an account id: 12 digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

//! The wrapped last column of a table, as SAM and the CloudFormation deploy commands print it.

use super::lines::glues_words;

/// The narrowest indentation that is taken for a column and not for a nested line.
const LEFT: usize = 20;

/// The last column's text over all its lines, with what stands before it in the first: how many lines, and the text.
///
/// Only text of AWS's errors is put together, and only where every further line starts in the same column.
pub(super) fn column(lines: &[&str]) -> Option<(usize, String)> {
    let first = lines.first()?;
    if lines.get(1).is_none_or(|second| second.len() <= LEFT || !second.starts_with("  ")) {
        return None;
    }
    let start = last_column(first)?;
    let begins = first.get(start..)?;
    let further: Vec<&str> = lines.iter().skip(1).take(400).map_while(|line| cell(line, start)).collect();
    if further.len() < 2 {
        return None;
    }
    let cells = || std::iter::once(begins.trim_end()).chain(further.iter().copied());
    let width = cells().map(|cell| cell.chars().count()).max()?;
    let mut joined = first.get(..start)?.to_owned();
    let mut before = "";
    for cell in cells() {
        if !before.is_empty() && !is_one_word(before, cell, width) {
            joined.push(' ');
        }
        joined.push_str(cell);
        before = cell;
    }
    let of_aws = ["Resource handler", "authorized", "User:", "API: "].iter().any(|words| joined.contains(words));
    of_aws.then(|| (further.len() + 1, joined))
}

/// Where the last column starts: behind the last gap of two spaces or more.
fn last_column(line: &str) -> Option<usize> {
    let line = line.trim_end();
    let gap = line.rfind("  ")?;
    (gap + 2 >= LEFT).then_some(gap + 2)
}

/// The text of a further line in a column.
fn cell(line: &str, start: usize) -> Option<&str> {
    let before = line.get(..start)?;
    let cell = line.get(start..)?.trim_end();
    let starts_there = before.ends_with(' ') && !cell.is_empty() && !cell.starts_with(' ') && !cell.contains("   ");
    starts_there.then_some(cell)
}

/// Whether a word goes on in the next line: the line is full or ends in a hyphen, within an ARN or a name.
fn is_one_word(before: &str, behind: &str, width: usize) -> bool {
    let word = before.rsplit(' ').next().unwrap_or_default();
    let next = behind.split(' ').next().unwrap_or_default();
    let of_name = word.contains(':') || word.len() >= 20 || behind.starts_with([':', '/']);
    if word.ends_with('-') && (of_name || word.contains('-')) {
        return true;
    }
    let full = before.chars().count() >= width;
    // A line may also be full by chance, with a whole name at its end.
    let clause = ["is", "because", "with", "on", "in"].contains(&next) || behind.starts_with(['(', '"', '\'']);
    full && !clause
        && !glues_words(before, behind)
        && word.ends_with(|last: char| last.is_ascii_alphanumeric() || "/:_=".contains(last))
        && (of_name || next.len() < 30)
}

#[cfg(test)]
mod tests {
    use crate::message;

    const MESSAGE: &str = "Resource handler returned message: \"User: arn:aws:sts::111122223333:assumed-role/github-deploy-role/\
                           GitHubActions-123 is not authorized to perform: s3:PutBucketPolicy on resource: \
                           \"arn:aws:s3:::my-very-long-bucket-name-for-prod-logs\" with an explicit deny in a service control \
                           policy: arn:aws:organizations::999999999999:policy/o-abcdef1234/service_control_policy/p-abcd1234 \
                           (Service: S3, Status Code: 403, Request ID: 0a1b2c3d-1111-2222-3333-444455556666)\" (RequestToken: \
                           9f8e, HandlerErrorCode: AccessDenied)";

    /// Lines as Python's textwrap makes them: words end at spaces and hyphens, and only what is longer than a line is cut.
    fn wrapped(width: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in MESSAGE.split_inclusive([' ', '-']) {
            let mut word = word;
            let line = lines.last_mut().unwrap();
            if word.trim_end().len() > width {
                let (begins, rest) = word.split_at(width - line.len());
                line.push_str(begins);
                lines.push(String::new());
                word = rest;
            } else if line.len() + word.trim_end().len() > width {
                lines.push(String::new());
            }
            lines.last_mut().unwrap().push_str(word);
        }
        lines
    }

    #[test]
    fn a_cell_that_breaks_at_hyphens_and_is_padded_is_one_text() {
        for width in 40..=110 {
            let rows = wrapped(width).into_iter().enumerate().map(|(number, line)| {
                let before = if number == 0 { "CREATE_FAILED         AWS::S3::BucketPolicy  Res" } else { "" };
                format!("{before:<60}{:<width$}", line.trim_end())
            });
            let table = rows.collect::<Vec<_>>().join("\n");
            let denials = message::read(table.as_bytes()).denials;
            assert_eq!(denials.len(), 1, "{table}");
            let denial = denials.first().unwrap();
            let resource = "arn:aws:s3:::my-very-long-bucket-name-for-prod-logs";
            assert_eq!(denial.resource.as_deref(), Some(resource), "{table}");
            let principal = "arn:aws:sts::111122223333:assumed-role/github-deploy-role/GitHubActions-123";
            assert_eq!(denial.principal.as_deref(), Some(principal), "{table}");
            assert!(denial.policy_arn.as_deref().is_some_and(|arn| arn.ends_with("/p-abcd1234")), "{table}");
        }
    }
}

//! Collects findings while a document is read.

use super::json::Value;
use super::{Finding, FindingCode, Span, Version};

/// Collects findings with their positions in one text.
pub(super) struct Findings<'a> {
    text: &'a str,
    list: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, list: Vec::new() }
    }

    pub(super) fn add(&mut self, code: FindingCode, value: &Value<'_>, text: String) {
        self.list.push(Finding { code, span: value.span(), text });
    }

    /// AWS's spelling of an element's name, with a finding where the document's differs in case only; `None` where the
    /// language does not have it.
    pub(super) fn element_name(
        &mut self,
        key: &str,
        known: &[&'static str],
        value: &Value<'_>,
    ) -> Option<&'static str> {
        if let Some(name) = known.iter().find(|name| **name == key) {
            return Some(name);
        }
        let name = known.iter().find(|name| name.eq_ignore_ascii_case(key))?;
        self.add(FindingCode::ElementCase, value, format!("`{key}` should be written `{name}`"));
        Some(name)
    }

    pub(super) fn version(&mut self, value: &Value<'_>) -> Version {
        match value.string().as_deref() {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") => Version::V2008,
            _ => {
                let text = format!("Version {} does not exist; AWS knows 2012-10-17 and 2008-10-17", value.get());
                self.add(FindingCode::UnknownVersion, value, text);
                Version::Unknown
            }
        }
    }

    pub(super) fn sid(&mut self, sid: &str, value: &Value<'_>, twice: bool) {
        if twice {
            self.add(FindingCode::InvalidSid, value, format!("Sid `{sid}` stands twice in this document"));
        } else if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.add(FindingCode::InvalidSid, value, format!("Sid `{sid}`: IAM accepts letters and digits only"));
        }
    }

    /// Documents hold tab, line feed, carriage return and U+0020 to U+00FF.
    pub(super) fn characters(&mut self) {
        // Of ASCII, JSON itself lets no others stand.
        if self.text.is_ascii() {
            return;
        }
        let bad = |letter: char| !matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{ff}');
        let Some((at, letter)) = self.text.char_indices().find(|(_, letter)| bad(*letter)) else { return };
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let end = u32::try_from(at + letter.len_utf8()).unwrap_or(u32::MAX);
        let text = format!("character U+{:04X}: AWS accepts no characters above U+00FF", u32::from(letter));
        self.list.push(Finding { code: FindingCode::InvalidCharacter, span: Span { start, end }, text });
    }

    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| finding.span.start);
        self.list
    }
}

/// At most 60 characters of a text.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

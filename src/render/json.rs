//! JSON: `json` pretty-printed, `jsonl` one result a line.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use crate::report::{Report, ResultReport};

/// The whole report.
pub fn json(report: &Report) -> Vec<u8> {
    let mut bytes = write(report, Escaping(PrettyFormatter::new()));
    bytes.push(b'\n');
    bytes
}

/// One result a line.
pub fn jsonl(results: &[ResultReport]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for result in results {
        bytes.extend(write(result, Escaping(CompactFormatter)));
        bytes.push(b'\n');
    }
    bytes
}

fn write<T: Serialize>(value: &T, formatter: impl Formatter) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // Strings, numbers and lists into memory: there is nothing in a report that could fail.
    let written = value.serialize(&mut serializer);
    debug_assert!(written.is_ok());
    bytes
}

/// JSON escapes control characters below U+0020 only; those above it do harm in a terminal as well.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let harmful = |letter: char| super::safe::clean(letter.encode_utf8(&mut [0; 4])).len() > letter.len_utf8();
        let mut rest = fragment;
        while let Some((at, letter)) =
            rest.char_indices().find(|(_, letter)| !letter.is_ascii_graphic() && harmful(*letter))
        {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.0.write_string_fragment(writer, before)?;
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(letter.len_utf8()..).unwrap_or_default();
        }
        self.0.write_string_fragment(writer, rest)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

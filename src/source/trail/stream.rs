//! One file's events, as they come.

use std::io::{self, Read};

use super::Outcome;
use super::open::{Content, content};
use crate::trail::read::Reader;
use crate::trail::scan::Scanner;
use crate::trail::{Denied, Filter};

/// Reads one file or stream to its end, or as far as it goes; `read` is told how many bytes were read of the file.
pub(super) fn read(
    input: impl Read,
    reader: &mut Reader,
    filter: &Filter,
    read: &dyn Fn(u64),
    denied: &mut impl FnMut(Denied),
) -> Outcome {
    let counted = Counted { input, read };
    let mut outcome = Outcome::default();
    let end = match content(counted) {
        Ok(Content::Json(text)) => json(text, &mut outcome, reader, filter, denied),
        Ok(Content::Table(text)) => table(text, &mut outcome, reader, filter, denied),
        Ok(Content::Empty) => {
            outcome.is_empty = true;
            Ok(())
        }
        Ok(Content::Other(why)) => {
            outcome.problem = Some(why.to_owned());
            Ok(())
        }
        Err(error) => Err(error),
    };
    if let Err(error) = end {
        outcome.problem = Some(words(&error, outcome.is_cut));
    }
    outcome
}

fn json(
    mut text: Box<dyn Read + '_>,
    outcome: &mut Outcome,
    reader: &mut Reader,
    filter: &Filter,
    denied: &mut impl FnMut(Denied),
) -> io::Result<()> {
    let mut scanner = Scanner::default();
    let mut is_blank = true;
    let end = loop {
        let room = scanner.room();
        match text.read(room) {
            Ok(0) => {
                scanner.finish(|place, object| reader.object(place, object, filter, denied));
                break Ok(());
            }
            Ok(length) => {
                is_blank &= room.get(..length).unwrap_or_default().iter().all(u8::is_ascii_whitespace);
                scanner.filled(length, |place, object| reader.object(place, object, filter, denied));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                scanner.finish(|place, object| reader.object(place, object, filter, denied));
                break Err(error);
            }
        }
    };
    outcome.is_cut = scanner.is_open();
    outcome.lost = scanner.lost();
    outcome.lists = scanner.lists();
    outcome.is_empty = is_blank;
    end
}

/// A query's result as Athena writes it.
fn table(
    text: Box<dyn Read + '_>,
    outcome: &mut Outcome,
    reader: &mut Reader,
    filter: &Filter,
    denied: &mut impl FnMut(Denied),
) -> io::Result<()> {
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let head: Vec<String> =
        rows.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_lowercase()).collect();
    outcome.lists = 1;
    for row in rows.records() {
        match row {
            Ok(row) => {
                let column = |name: &str| row.get(head.iter().position(|column| column == name)?);
                reader.row(column, filter, denied);
            }
            Err(error) => {
                if let csv::ErrorKind::Io(error) = error.into_kind() {
                    return Err(error);
                }
                outcome.lost += 1;
            }
        }
    }
    Ok(())
}

/// Why a file was not read to its end.
fn words(error: &io::Error, is_cut: bool) -> String {
    let before = if is_cut { "; what stands before that was read" } else { "" };
    let kind = error.kind();
    if kind == io::ErrorKind::UnexpectedEof {
        format!("the gzip data ends early{before}")
    } else if matches!(kind, io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) {
        format!("the gzip data is damaged{before}")
    } else if kind == io::ErrorKind::PermissionDenied {
        "permission denied".to_owned()
    } else {
        error.to_string()
    }
}

/// Tells how much was read.
struct Counted<'a, R> {
    input: R,
    read: &'a dyn Fn(u64),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        (self.read)(length as u64);
        Ok(length)
    }
}

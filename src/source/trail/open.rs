//! What is in a file, told from its first bytes and never from its name.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// How much is asked of the file at once.
const BLOCK: usize = 128 * 1024;

/// The first bytes of compressed gzip data.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Formats that hold no text, by their first bytes, with what to do.
const OTHERS: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "it is a zip archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed by zstd; unpack it first"),
    (b"BZh", "it is compressed by bzip2; unpack it first"),
    (b"\xfd7zXZ", "it is compressed by xz; unpack it first"),
    (b"PAR1", "it is a Parquet file; ask Athena for the denials in it (--sql athena)"),
    (b"Obj\x01", "it is an Avro file"),
];

/// The text of a file.
pub(super) enum Content<'a> {
    /// JSON, or lines of it.
    Json(Box<dyn Read + 'a>),
    /// A table with the names of its columns in the first line.
    Table(Box<dyn Read + 'a>),
    /// Nothing at all.
    Empty,
    /// No text: why.
    Other(&'static str),
}

/// What is in a file or stream.
///
/// # Errors
/// Where it cannot be read, or is no whole gzip from its first block on.
pub(super) fn content<'a>(input: impl Read + 'a) -> io::Result<Content<'a>> {
    let mut input: Box<dyn BufRead + 'a> = Box::new(BufReader::with_capacity(BLOCK, input));
    // A file that was compressed already may have been compressed once more on its way.
    for _ in 0..2 {
        if !starts(&mut input, &GZIP)? {
            break;
        }
        input = Box::new(BufReader::with_capacity(BLOCK, MultiGzDecoder::new(input)));
    }
    let (first, rest) = first(input)?;
    let head: &[u8] = first.get_ref().as_slice();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if head.is_empty() {
        return Ok(Content::Empty);
    }
    if let Some((_, why)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Ok(Content::Other(why));
    }
    if head.contains(&0) {
        return Ok(Content::Other("it is no text"));
    }
    let is_table = is_table(head);
    let whole: Chain<_, _> = first.chain(rest);
    Ok(if is_table { Content::Table(Box::new(whole)) } else { Content::Json(Box::new(whole)) })
}

fn starts(input: &mut impl BufRead, magic: &[u8]) -> io::Result<bool> {
    Ok(input.fill_buf()?.starts_with(magic))
}

/// The first bytes, and what is behind them.
fn first<'a>(mut input: Box<dyn BufRead + 'a>) -> io::Result<(Cursor<Vec<u8>>, Rest<'a>)> {
    const LENGTH: u64 = 4_096;
    let mut head = Vec::new();
    match (&mut input).take(LENGTH).read_to_end(&mut head) {
        Err(error) if head.is_empty() => Err(error),
        // What there is before the damage is read first.
        Err(error) => Ok((Cursor::new(head), Rest { input, damage: Some(error) })),
        Ok(_) => Ok((Cursor::new(head), Rest { input, damage: None })),
    }
}

/// What is behind the first bytes: the error that was met while they were read, or what follows.
struct Rest<'a> {
    input: Box<dyn BufRead + 'a>,
    damage: Option<io::Error>,
}

impl Read for Rest<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.damage.take() {
            Some(error) => Err(error),
            None => self.input.read(buffer),
        }
    }
}

/// Whether the first line has the names of the columns that [`crate::trail::sql::query`] asks for.
fn is_table(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let names = String::from_utf8_lossy(line).to_lowercase();
    let names: Vec<String> = names.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect();
    crate::trail::is_head(&names)
}

//! The command's standard error: passed through byte for byte as it comes, and read on the way.
//!
//! Where ours is a terminal the command gets one too, so that colours and progress bars stay; else it gets a pipe.

use std::io::{self, ErrorKind, Read, Write as _};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

#[cfg(unix)]
use super::terminal::Terminal;
use crate::message::{Message, Reader};

const BLOCK: usize = 64 * 1024;

/// How long silence must last, after the command has ended, for nothing more to come: what it left running may hold its
/// standard error open for ever.
const SILENCE: Duration = Duration::from_millis(50);

/// How long to wait where a terminal shared with the command does not take more for now.
const FULL: Duration = Duration::from_millis(2);

/// Our end of the command's standard error, until it is started.
pub(super) struct Source {
    ours: Option<Box<dyn Read + Send>>,
    #[cfg(unix)]
    terminal: Option<Terminal>,
}

/// The command's end and ours. Where neither a terminal nor a pipe can be had, the command writes to our own standard
/// error and nothing is read.
pub(super) fn open() -> (Stdio, Source) {
    #[cfg(unix)]
    if let Some((theirs, ours, terminal)) = super::terminal::open() {
        return (Stdio::from(theirs), Source { ours: Some(Box::new(ours)), terminal: Some(terminal) });
    }
    let (theirs, ours): (Stdio, Option<Box<dyn Read + Send>>) = match io::pipe() {
        Ok((ours, theirs)) => (Stdio::from(theirs), Some(Box::new(ours))),
        Err(_) => (Stdio::inherit(), None),
    };
    let source = Source {
        ours,
        #[cfg(unix)]
        terminal: None,
    };
    (theirs, source)
}

/// What passes bytes on, on a thread of its own.
pub(super) struct Relay {
    passed: Arc<Passed>,
    ended: Receiver<()>,
    #[cfg(unix)]
    terminal: Option<Terminal>,
}

#[derive(Default)]
struct Passed {
    reader: Mutex<Reader>,
    bytes: AtomicU64,
    /// Nothing is at hand that was not passed on.
    waits: AtomicBool,
}

impl Source {
    /// Begins to pass on.
    pub(super) fn relay(self) -> Relay {
        let passed = Arc::new(Passed::default());
        let (end, ended) = channel();
        if let Some(ours) = self.ours {
            let passed = Arc::clone(&passed);
            std::thread::spawn(move || pass(ours, &passed, &end));
        }
        Relay {
            passed,
            ended,
            #[cfg(unix)]
            terminal: self.terminal,
        }
    }
}

impl Relay {
    /// Gives the command's terminal the size of ours, which has changed.
    #[cfg(unix)]
    pub(super) fn resize(&self) {
        self.terminal.iter().for_each(Terminal::resize);
    }

    /// What the command wrote, after it has ended.
    pub(super) fn finish(self) -> Message {
        let mut before = None;
        while let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(SILENCE) {
            let now = self.passed.bytes.load(Ordering::SeqCst);
            if self.passed.waits.load(Ordering::SeqCst) && before == Some(now) {
                break;
            }
            before = Some(now);
        }
        let mut reader = self.passed.reader.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *reader).finish()
    }
}

/// Passes on until the end, or until nobody takes it any more: the command's end is then closed as well, as if it stood
/// before the same reader itself. `_end` tells of the end by being dropped.
fn pass(mut from: impl Read, passed: &Passed, _end: &Sender<()>) {
    let mut block = vec![0; BLOCK];
    loop {
        passed.waits.store(true, Ordering::SeqCst);
        let read = from.read(&mut block);
        passed.waits.store(false, Ordering::SeqCst);
        let bytes = match read {
            Ok(count) => block.get(..count).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // A terminal that nobody holds any more is an error on Linux.
            Err(_) => return,
        };
        if bytes.is_empty() || write(bytes).is_err() {
            return;
        }
        passed.reader.lock().unwrap_or_else(PoisonError::into_inner).feed(bytes);
        passed.bytes.fetch_add(1, Ordering::SeqCst);
    }
}

/// Writes all of `bytes`; whoever shares our terminal may have made it one that does not wait.
fn write(mut bytes: &[u8]) -> io::Result<()> {
    let mut stderr = io::stderr();
    while !bytes.is_empty() {
        match stderr.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(FULL),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

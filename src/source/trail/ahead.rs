//! Files read on all cores, and their denials given away in the order of the files.
//!
//! Every file has a queue of its own. Whoever takes the denials empties the queue of the first file, then that of the
//! next; a thread that is ahead with a later file fills its queue and then waits. So what is held stays small, and the
//! outcome does not depend on which thread was faster.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::walk::Found;
use super::{Outcome, stream};
use crate::source::files::words;
use crate::trail::read::{Reader, Seen};
use crate::trail::{Denied, Filter};

/// How many denials of a file may wait.
const WAITING: usize = 1_024;

/// How many files may be read ahead of the first.
const AHEAD: usize = 64;

/// What comes of a file.
enum Piece {
    Denied(Box<Denied>),
    End(Outcome, Seen),
}

/// The number of a file, and what comes of it.
type Queue = (usize, Receiver<Piece>);

/// Reads every file; `denied` is called in the order of the files, and `end` after the last denial of each.
pub(super) fn each(
    files: &[Found],
    filter: &Filter,
    read: &(impl Fn(u64) + Sync),
    denied: &mut impl FnMut(Denied),
    mut end: impl FnMut(&Found, Outcome, Seen),
) {
    let next = AtomicUsize::new(0);
    let (queues, arriving) = sync_channel::<Queue>(AHEAD);
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores.min(files.len()) {
            let (queues, next) = (queues.clone(), &next);
            scope.spawn(move || work(files, next, &queues, filter, read));
        }
        drop(queues);
        let mut waiting: BTreeMap<usize, Receiver<Piece>> = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            while !waiting.contains_key(&number) {
                let Ok((of, queue)) = arriving.recv() else { return };
                waiting.insert(of, queue);
            }
            for piece in waiting.remove(&number).into_iter().flatten() {
                match piece {
                    Piece::Denied(found) => denied(*found),
                    Piece::End(outcome, seen) => end(file, outcome, seen),
                }
            }
        }
    });
}

/// Reads one file after the other, whichever is next.
fn work(files: &[Found], next: &AtomicUsize, queues: &SyncSender<Queue>, filter: &Filter, read: &impl Fn(u64)) {
    let mut reader = Reader::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(file) = files.get(number) else { return };
        let (pieces, queue) = sync_channel(WAITING);
        // Nobody is left to tell where these fail.
        if queues.send((number, queue)).is_err() {
            return;
        }
        let outcome = match File::open(&file.path) {
            Ok(input) => stream::read(input, &mut reader, filter, read, &mut |found| {
                let _ = pieces.send(Piece::Denied(Box::new(found)));
            }),
            Err(error) => {
                Outcome { problem: Some(words(file.path.as_ref(), &error, "no such file")), ..Outcome::default() }
            }
        };
        let _ = pieces.send(Piece::End(outcome, reader.next_file()));
    }
}

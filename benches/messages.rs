//! How fast pasted text is read: one message, and a log of 100 MB that holds 10,000 denials.
//!
//! Divan's table gives the time; its "bytes" column is the rate.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

use std::fmt::Write as _;
use std::hint::black_box;

use diagnose::message::{Message, Reader, read};
use divan::Bencher;
use divan::counter::BytesCount;

const LINE: &str = "2026-11-21T03:10:00.123Z INFO  [http-nio-8080-exec-7] c.e.s.OrderController : GET /orders/4711 200 in 12 ms, \
                    user 42, trace 5e1f0c\n";

fn main() {
    divan::main();
}

fn denial(number: usize) -> String {
    format!(
        "2026-11-21T03:10:00.123Z ERROR An error occurred (AccessDenied) when calling the PutObject operation: User: \
         arn:aws:sts::111122223333:assumed-role/app/i-{} is not authorized to perform: s3:PutObject on resource: \
         \"arn:aws:s3:::logs/{}\" because no permissions boundary allows the s3:PutObject action\n",
        number % 10,
        number % 100
    )
}

/// The log: a denial every 10,000 bytes.
fn log() -> String {
    let mut log = String::with_capacity(101_000_000);
    let mut number = 0;
    while log.len() < 100_000_000 {
        if log.len() / 10_000 >= number {
            number += 1;
            write!(log, "{}", denial(number)).unwrap();
        }
        log.push_str(LINE);
    }
    log
}

#[divan::bench]
fn one_message(bencher: Bencher<'_, '_>) {
    let text = denial(1);
    bencher.bench_local(|| read(black_box(text.as_bytes())));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn a_log_of_100_megabytes(bencher: Bencher<'_, '_>) {
    let log = log();
    let stream = || -> Message {
        let mut reader = Reader::new();
        black_box(log.as_bytes()).chunks(1 << 20).for_each(|block| reader.feed(block));
        reader.finish()
    };
    let count: u64 = stream().denials.iter().map(|denial| denial.count).sum();
    assert!((9_900..=10_100).contains(&count), "{count} denials");
    bencher.counter(BytesCount::of_str(&log)).bench_local(stream);
}

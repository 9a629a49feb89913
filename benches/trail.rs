//! The figures of `diagnose trail` in the README: a folder of gzip files against decompressing it alone, and the denials of a
//! million events once they are decompressed. `cargo bench --bench trail`, or with a number of events behind `--`.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on has failed, and prints its figures"
)]

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diagnose::source::Files;
use diagnose::source::trail::{Progress, read};
use diagnose::trail::{Filter, Groups};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

/// How many files the events stand in.
const FILES: usize = 40;

fn main() {
    let count = std::env::args().filter_map(|text| text.parse().ok()).next().unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a folder for the events");
    for (label, resource) in [("one resource a role", false), ("every denial on a resource of its own", true)] {
        let zipped = written(&folder.path().join("gz"), count, resource, true);
        let alone = best(|| decompressed(&zipped));
        let (both, groups) = (best(|| groups(&zipped)), groups(&zipped));
        println!(
            "{count} events, 1 % denied, {label}, {FILES} gzip files: {:.2} s ({groups} groups); decompressing alone {:.2} s",
            both.as_secs_f64(),
            alone.as_secs_f64()
        );
        let plain = written(&folder.path().join("json"), count, resource, false);
        println!("the same, decompressed: {:.2} s", best(|| self::groups(&plain)).as_secs_f64());
    }
}

/// The best of three.
fn best<T>(work: impl Fn() -> T) -> Duration {
    let time = || {
        let start = Instant::now();
        std::hint::black_box(work());
        start.elapsed()
    };
    (0..3).map(|_| time()).min().unwrap_or_default()
}

fn groups(files: &[PathBuf]) -> usize {
    let paths: Vec<String> = files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let mut groups = Groups::default();
    let filter = Filter::default();
    read(&mut Files::default(), &paths, &filter, &Progress::default(), |denied| groups.add(denied))
        .expect("readable files");
    groups.finish().len()
}

/// How many bytes are in the files, decompressed on all cores.
fn decompressed(files: &[PathBuf]) -> usize {
    let (next, total) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut buffer = vec![0; 256 * 1024];
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let file = BufReader::with_capacity(128 * 1024, File::open(path).expect("a file that was written"));
                    let mut text = MultiGzDecoder::new(file);
                    while let Ok(length @ 1..) = text.read(&mut buffer) {
                        total.fetch_add(length, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    total.into_inner()
}

fn written(folder: &Path, count: usize, own: bool, zipped: bool) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).expect("a folder");
    let path = |number: usize| folder.join(format!("{number:03}.json{}", if zipped { ".gz" } else { "" }));
    for number in 0..FILES {
        let file = File::create(path(number)).expect("a file");
        let events = (number * count / FILES)..((number + 1) * count / FILES);
        if zipped {
            let mut out = GzEncoder::new(file, Compression::default());
            write(&mut out, events, own);
            out.finish().expect("room on the disk");
        } else {
            write(&mut std::io::BufWriter::new(file), events, own);
        }
    }
    (0..FILES).map(path).collect()
}

fn write(out: &mut impl Write, events: std::ops::Range<usize>, own: bool) {
    let first = events.start;
    write!(out, "{{\"Records\":[").expect("room on the disk");
    for number in events {
        let comma = if number == first { "" } else { "," };
        write!(out, "{comma}{}", event(number, own)).expect("room on the disk");
    }
    write!(out, "]}}").expect("room on the disk");
}

/// An event of 1.6 KB; every hundredth is a denial.
fn event(number: usize, own: bool) -> String {
    let role = number / 100 % 50;
    // Ids do not compress, in real logs either.
    let id = |salt: usize| {
        let mixed = (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(salt as u32 * 7 + 1);
        let mixed = mixed ^ (mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{number:012x}",
            mixed >> 32,
            mixed >> 16 & 0xffff,
            mixed >> 4 & 0xfff,
            mixed & 0xfff
        )
    };
    let key = if own { number } else { role };
    let arn = format!("arn:aws:sts::123456789012:assumed-role/service-{role:02}/i-{:017x}", number % 1_000);
    let denied = number.is_multiple_of(100);
    let error = if denied {
        format!(
            r#""errorCode":"AccessDenied","errorMessage":"User: {arn} is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::example-data/objects/{key}.parquet\" because no permissions boundary allows the s3:PutObject action","#
        )
    } else {
        String::new()
    };
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","principalId":"AROAEXAMPLE{role:010}:i-{:017x}","arn":"{arn}","accountId":"123456789012","accessKeyId":"ASIAEXAMPLE{:09}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE{role:010}","arn":"arn:aws:iam::123456789012:role/services/service-{role:02}","accountId":"123456789012","userName":"service-{role:02}"}},"attributes":{{"creationDate":"2026-11-21T0{}:00:00Z","mfaAuthenticated":"false"}}}}}},"eventTime":"2026-11-21T{:02}:{:02}:{:02}Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.{}","userAgent":"[aws-sdk-java/2.31.0 Linux/6.1 OpenJDK_64-Bit_Server_VM/21 Java/21 cfg/retry-mode/standard]",{error}"requestParameters":{{"bucketName":"example-data","Host":"example-data.s3.eu-west-1.amazonaws.com","key":"objects/{key}.parquet"}},"responseElements":null,"additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}","bytesTransferredOut":243}},"requestID":"{}","eventID":"{}","readOnly":false,"resources":[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-data/objects/{key}.parquet"}},{{"accountId":"123456789012","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-data"}}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"123456789012","eventCategory":"Data","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"example-data.s3.eu-west-1.amazonaws.com"}}}}"#,
        number % 1_000,
        number % 100_000,
        number % 8,
        number / 3_600 % 24,
        number / 60 % 60,
        number % 60,
        number % 250,
        id(1),
        id(2),
        id(3),
    )
}

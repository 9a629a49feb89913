//! See `diagnose_fuzz::targets::condition`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| diagnose_fuzz::targets::condition(data));

//! See `diagnose_fuzz::targets::message`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| diagnose_fuzz::targets::message(data));

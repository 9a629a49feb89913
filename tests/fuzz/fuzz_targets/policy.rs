//! See `diagnose_fuzz::targets::policy`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| diagnose_fuzz::targets::policy(data));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    diagnose_fuzz::mutate::mutated(data, size, max_size, seed)
});

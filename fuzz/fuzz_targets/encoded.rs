//! See `keyhound::fuzzing::fuzz_encoded`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyhound::fuzzing::fuzz_encoded(data));

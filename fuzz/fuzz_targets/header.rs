//! See `keyhound::fuzzing::fuzz_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| keyhound::fuzzing::fuzz_header(data));

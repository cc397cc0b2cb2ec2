//! See `ippo_telemetry::fuzz::expression`, which says what must hold. Nothing else may be here.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ippo_telemetry::fuzz::expression(data));

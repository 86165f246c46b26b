//! Passive API runtime-security sensor.
fn main() {}

//! The command `s3-edge-gateway`.

fn main() {}

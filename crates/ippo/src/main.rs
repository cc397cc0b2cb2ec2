//! The command line of ippo.

fn main() {}

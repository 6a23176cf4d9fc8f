//! What only the tests need: real shells and a terminal.

/// The shells, and how each evaluates what is printed.
pub(crate) mod shells;
/// A terminal with a person at it.
pub(crate) mod terminal;

use std::path::Path;

use crate::support::home::Home;
use crate::support::sts::{StrictSts, World};

/// The program under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_aws-mfa"))
}

/// A strict STS with Jane and Joe, and a home that leads to it.
pub(crate) fn janes_world() -> (StrictSts, Home) {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    (sts, home)
}

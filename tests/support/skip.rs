//! What a test leaves out, and whether it may.
//!
//! A test that needs a program that isn't here says so and passes: whoever has no
//! browser can still run all others. Where [`NO_SKIP`] is set, as `.ci/run` does
//! after it has installed them all, the same test fails.

use std::io::Write;

/// Set to anything, it turns each skipped test into a failure.
const NO_SKIP: &str = "WASM_HOST_NO_SKIP";

/// Prints why a test, or the rest of it, doesn't run; panics where that isn't allowed.
#[track_caller]
pub(crate) fn skipped(reason: &str) {
    let forbidden = std::env::var_os(NO_SKIP).is_some_and(|value| !value.is_empty());
    assert!(
        !forbidden,
        "left out, which {NO_SKIP} forbids: {reason}; \
         `.ci/run` installs what the tests need, without {NO_SKIP} they do without"
    );
    // Not through the harness's capture, which would hide it when the test passes.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

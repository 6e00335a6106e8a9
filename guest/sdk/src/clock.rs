//! What time it is.

/// Seconds since 1970.
#[cfg(all(target_family = "wasm", not(feature = "wasi-http")))]
pub(crate) fn now() -> i64 {
    // Without the standard library, which has no clock where it knows no WASI:
    // the component in `wasm-host` is built so.
    let now = crate::bindings::wasi::clocks::wall_clock::now();
    i64::try_from(now.seconds).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
#[cfg(not(all(target_family = "wasm", not(feature = "wasi-http"))))]
pub(crate) fn now() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};

    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

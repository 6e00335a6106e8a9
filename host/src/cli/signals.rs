//! Ctrl-C and SIGTERM: the first stops the server gracefully, the second at
//! once.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};
use wasm_host::ShutdownHandle;

/// Starts a thread that waits for signals.
pub(super) fn shut_down_on_signal(handle: ShutdownHandle) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let (mut interrupt, mut terminate) = {
        let _entered = runtime.enter();
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        )
    };
    let wait = move || {
        runtime.block_on(async {
            next(&mut interrupt, &mut terminate).await;
            handle.shutdown();
            next(&mut interrupt, &mut terminate).await;
            std::process::exit(1);
        });
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(wait)?;
    Ok(())
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

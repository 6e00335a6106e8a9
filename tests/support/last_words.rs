//! What a test prints that fails: the logs of its servers, and then why it failed. The
//! reason is last, where whoever sees only the end of a long output sees it.

use super::log::Log;
use std::cell::RefCell;
use std::panic;
use std::sync::{Arc, Once, Weak};

thread_local! {
    /// The logs of what this thread's test has started, each with what it is.
    static LOGS: RefCell<Vec<(String, Weak<Log>)>> = const { RefCell::new(Vec::new()) };
}

/// Has this thread print the log first if it panics while somebody has the log.
pub(super) fn is_printed_first(title: String, log: &Arc<Log>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let says_why = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            print_logs();
            says_why(panic);
        }));
    });
    LOGS.with_borrow_mut(|logs| {
        logs.retain(|(_, log)| log.strong_count() > 0);
        logs.push((title, Arc::downgrade(log)));
    });
}

/// As it was written, a line each.
fn print_logs() {
    // A panic while the list is changed, or the thread ends, has none to print.
    let logs = LOGS.try_with(|logs| logs.try_borrow().map(|logs| logs.clone()));
    for (title, log) in logs.into_iter().flatten().flatten() {
        if let Some(log) = log.upgrade() {
            eprintln!("{title}:");
            for line in log.lines() {
                eprintln!("    {line}");
            }
        }
    }
}

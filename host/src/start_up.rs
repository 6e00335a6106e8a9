//! What every server does as it starts: it takes what the system gives it, and says where
//! it serves.

use std::io::Write;
use wasm_host_server::{HttpServer, ListenAddress};

/// Prints the line that `http.server` prints, for people and scripts that wait
/// for it.
pub(super) fn announce(server: &HttpServer) {
    let mut stdout = std::io::stdout().lock();
    let (name, scheme) = if server.is_encrypted() {
        ("HTTPS", "https")
    } else {
        ("HTTP", "http")
    };
    for address in server.addresses() {
        // Nobody may be reading; that is no reason not to serve.
        let _ = match address.tcp() {
            Some(address) => writeln!(
                stdout,
                "Serving {name} on {} port {} ({scheme}://{address}/) ...",
                address.ip(),
                address.port(),
            ),
            None => writeln!(
                stdout,
                "Serving {name} on {address} ({}) ...",
                command(address, scheme)
            ),
        };
    }
    for address in server.redirect_addresses() {
        let _ = writeln!(stdout, "Redirecting http://{address}/ to HTTPS ...");
    }
    let _ = stdout.flush();
}

/// What reaches a Unix socket.
fn command(address: &ListenAddress, scheme: &str) -> String {
    let address = address.to_string();
    curl(address.strip_prefix("unix:").unwrap_or(&address), scheme)
}

/// What asks for / at a Unix socket with this path.
pub(super) fn curl(path: &str, scheme: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%,:".contains(&byte);
    let path = match path.bytes().all(is_plain) {
        true => path.to_owned(),
        // As a shell takes it (POSIX, XCU section 2.2.2).
        false => format!("'{}'", path.replace('\'', r"'\''")),
    };
    format!("curl --unix-socket {path} {scheme}://localhost/")
}

/// Elsewhere than on Linux there is no changing to another user.
pub(super) fn warn_of_root() {
    if cfg!(target_os = "linux") && rustix::process::geteuid().is_root() {
        tracing::warn!(
            "running as root, and so would be what leaves the sandbox; give another user with --user"
        );
    }
}

/// A connection takes a descriptor, and many systems allow a process only 1024
/// unless it asks.
pub(super) fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!("cannot raise the limit of open files: {error}");
    }
}

//! The suites of HTTP once more, by TLS: all clients of theirs go through a tunnel.

use crate::support::transport::again_over_tls;

/// What can't be the same, and why.
const NOT_BY_TLS: &[&str] = &[
    // The tunnel goes on taking connections when its server doesn't.
    "cgi::limits::a_server_that_stops_lets_scripts_finish",
    // The server's port isn't the tunnel's, and HTTPS is on: tls::handshake has both.
    "cgi::variables::all_variables_of_a_plain_request",
];

#[test]
fn files_are_served_by_tls_as_in_clear() {
    again_over_tls(&["simple::", "range::", "conditional::"], &[]);
}

#[test]
fn scripts_run_by_tls_as_in_clear() {
    again_over_tls(&["cgi::"], NOT_BY_TLS);
}

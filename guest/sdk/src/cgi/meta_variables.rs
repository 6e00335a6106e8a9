//! What a script learns of its request: the meta-variables of RFC 3875 section
//! 4.1, and the server's own that scripts have come to expect.

use super::CgiScript;
use super::path::query;
use crate::process::Environment;
use crate::{BaseHttpRequestHandler, Exchange};
use std::borrow::Cow;

/// Fields that don't become `HTTP_` variables: they have one of their own, are
/// about the connection (RFC 9110 section 7.6.1), or could be taken for
/// something else: `Proxy` for the address of one (CVE-2016-5385), and
/// `Redirect-Status` for the server's word that it was not a client who had php-cgi run.
const NOT_PASSED: [&str; 12] = [
    "Connection",
    "Content-Length",
    "Content-Type",
    "Keep-Alive",
    "Proxy",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Redirect-Status",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// `run_cgi`'s `env`: the meta-variables for a script, whose input has this
/// length, if there is any.
///
/// AUTH_TYPE and REMOTE_USER are among them where a handler has checked who the
/// client is, by Basic authentication, and has said so
/// ([`Exchange::user`](crate::Exchange::user)).
pub fn meta_variables<H: BaseHttpRequestHandler>(
    handler: &mut H,
    script: &CgiScript,
    content_length: Option<u64>,
) -> Environment {
    let software = handler.version_string();
    let exchange = handler.exchange();
    let mut variables = Variables::default();
    variables.set("GATEWAY_INTERFACE", "CGI/1.1");
    variables.set("SERVER_SOFTWARE", &*software);
    about_server(&mut variables, exchange);
    about_request(&mut variables, exchange);
    if let Some(user) = &exchange.user {
        variables.set("AUTH_TYPE", "Basic");
        variables.set("REMOTE_USER", user);
    }
    about_path(&mut variables, exchange, script);
    if let Some(length) = content_length {
        variables.set("CONTENT_LENGTH", length.to_string());
    }
    about_fields(&mut variables, exchange);
    variables.0
}

#[derive(Default)]
struct Variables(Environment);

impl Variables {
    /// Sets a variable. A value that no variable can hold is left out.
    fn set(&mut self, name: &str, value: impl AsRef<[u8]>) {
        let value = value.as_ref();
        if !value.contains(&0) {
            self.0.push((name.as_bytes().to_vec(), value.to_vec()));
        }
    }

    /// Adds a value to a variable's.
    fn join(&mut self, name: &str, separator: &str, value: &[u8]) {
        let mut variables = self.0.iter_mut();
        match variables.find(|(given, _)| given == name.as_bytes()) {
            Some((_, joined)) => {
                joined.extend_from_slice(separator.as_bytes());
                joined.extend_from_slice(value);
            }
            None => self.set(name, value),
        }
    }
}

fn about_server(variables: &mut Variables, exchange: &Exchange) {
    let name = &exchange.server.name;
    let address = name.contains(':') && !name.starts_with('[');
    let name = match address {
        true => Cow::Owned(format!("[{name}]")),
        false => Cow::Borrowed(name.as_str()),
    };
    variables.set("SERVER_NAME", name.as_bytes());
    variables.set("SERVER_PORT", exchange.server.port.to_string());
    variables.set("SERVER_PROTOCOL", &exchange.request_version);
    if exchange.is_encrypted() {
        variables.set("HTTPS", "on");
    }
}

fn about_request(variables: &mut Variables, exchange: &Exchange) {
    let client = exchange.client_address();
    variables.set("REMOTE_ADDR", &client.ip);
    // RFC 3875 section 4.1.9: the address, where the name isn't looked up.
    variables.set("REMOTE_HOST", &client.ip);
    variables.set("REMOTE_PORT", client.port.to_string());
    variables.set("REQUEST_METHOD", &exchange.command);
    let mut words = exchange
        .requestline
        .split([' ', '\t'])
        .filter(|word| !word.is_empty());
    variables.set("REQUEST_URI", words.nth(1).unwrap_or(&exchange.path));
    variables.set("QUERY_STRING", query(&exchange.path));
    if let Some(content_type) = exchange.headers.get_bytes("Content-Type") {
        variables.set("CONTENT_TYPE", content_type);
    }
}

fn about_path(variables: &mut Variables, exchange: &Exchange, script: &CgiScript) {
    let name = [b"/", script.file.as_slice()].concat();
    variables.set("SCRIPT_NAME", &name);
    variables.set("PATH_INFO", &script.path_info);
    let Some(root) = exchange.server.setting("document-root") else {
        return;
    };
    let beneath = |path: &[u8]| [root.trim_end_matches('/').as_bytes(), path].concat();
    variables.set("DOCUMENT_ROOT", root);
    variables.set("SCRIPT_FILENAME", beneath(&name));
    if !script.path_info.is_empty() {
        variables.set("PATH_TRANSLATED", beneath(&script.path_info));
    }
}

/// `HTTP_` variables (RFC 3875 section 4.1.18): the bytes that were sent.
fn about_fields(variables: &mut Variables, exchange: &Exchange) {
    let options = exchange.headers.get_joined("Connection");
    let options = options.as_deref().unwrap_or_default();
    let authorization = exchange.server.setting("cgi-authorization").is_some();
    for (name, value) in exchange.headers.raw_items() {
        // Anything but a letter or digit would become `_`, and so another
        // field's variable; a hyphen's claim to that is the standard's.
        let clean = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let named = |other: &&str| other.trim().eq_ignore_ascii_case(name);
        let secret = name.eq_ignore_ascii_case("Authorization") && !authorization;
        let kept_back = secret || NOT_PASSED.iter().any(named);
        if !clean || kept_back || options.split(',').any(|option| named(&option)) {
            continue;
        }
        let cookie = name.eq_ignore_ascii_case("Cookie");
        let separator = if cookie { "; " } else { ", " };
        let variable = format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_"));
        variables.join(&variable, separator, value);
    }
}

//! The body of an error reply: `error_message_format` and
//! `error_content_type` of `http.server.BaseHTTPRequestHandler`.
//!
//! A template is a Python format string with `%(code)d`, `%(message)s` and
//! `%(explain)s`, so a template written for `http.server` works unchanged.

use memchr::memchr;

/// The default template, `http.server.DEFAULT_ERROR_MESSAGE`: a complete page
/// that needs no other resource and follows the reader's light or dark scheme.
///
/// It says what the page of `http.server` says, in the same words. The empty
/// `data:` icon keeps a browser from asking for `/favicon.ico`, which would be
/// a second error.
///
/// ```
/// use wasm_host_sdk::error_page::{DEFAULT_ERROR_MESSAGE, render};
///
/// let page = render(DEFAULT_ERROR_MESSAGE, 404, "File not found", "Nothing matches the given URI");
/// assert!(page.contains("Error code: 404"));
/// assert!(page.contains("Message: File not found."));
/// ```
pub const DEFAULT_ERROR_MESSAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Error response</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --line: #dfe3e8; --text: #1b1f24; --quiet: #57606a; --mark: #b42318 }
@media (prefers-color-scheme: dark) { :root { --page: #101317; --card: #181c22; --line: #2b313a; --text: #e7eaee; --quiet: #a0a8b3; --mark: #ff8b7e } }
* { box-sizing: border-box; margin: 0 }
body { display: grid; place-items: center; min-height: 100vh; min-height: 100dvh; padding: 1.5rem; background: var(--page); color: var(--text); font: 1rem/1.6 system-ui, sans-serif }
main { width: min(32rem, 100vw - 3rem); padding: 2rem; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--mark); border-radius: 12px }
h1 { font-size: 1.5rem; line-height: 1.25; margin-bottom: 1rem }
.code { color: var(--mark); font-weight: 600 }
.why { margin-top: 1rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem }
</style>
</head>
<body>
<main>
<h1>Error response</h1>
<p class="code">Error code: %(code)d</p>
<p>Message: %(message)s.</p>
<p class="why">Error code explanation: %(code)s - %(explain)s.</p>
</main>
</body>
</html>
"#;

/// The type of an error reply's body, `http.server.DEFAULT_ERROR_CONTENT_TYPE`.
///
/// ```
/// # use wasm_host_sdk::error_page::DEFAULT_ERROR_CONTENT_TYPE;
/// assert_eq!(DEFAULT_ERROR_CONTENT_TYPE, "text/html;charset=utf-8");
/// ```
pub const DEFAULT_ERROR_CONTENT_TYPE: &str = "text/html;charset=utf-8";

/// Fills a template, as `error_message_format % {...}` does in
/// `BaseHTTPRequestHandler.send_error`.
///
/// `%(code)`, `%(message)` and `%(explain)` with either `d` or `s` are replaced
/// and `%%` becomes `%`. Anything else that follows a `%` stays as it is: where
/// Python would raise, a client that waits for an error page still gets one.
///
/// The two texts are inserted as they are and never searched for placeholders,
/// so pass them through [`html::escape_text`](crate::html::escape_text) for an
/// HTML template.
///
/// ```
/// use wasm_host_sdk::error_page::render;
///
/// let template = "%(code)d %(message)s: %(explain)s, 100%% sure, %(who)s";
/// assert_eq!(render(template, 404, "Gone", "no file"), "404 Gone: no file, 100% sure, %(who)s");
/// ```
#[must_use]
pub fn render(template: &str, code: u16, message: &str, explain: &str) -> String {
    let mut page = String::with_capacity(template.len() + message.len() + explain.len());
    let code = code.to_string();
    let texts = [
        ("(code)", code.as_str()),
        ("(message)", message),
        ("(explain)", explain),
    ];
    let mut rest = template;
    while let Some(mark) = memchr(b'%', rest.as_bytes()) {
        page.push_str(&rest[..mark]);
        let directive = &rest[mark + 1..];
        let named = texts.iter().find_map(|&(name, text)| {
            let behind = directive.strip_prefix(name)?;
            Some((text, behind.strip_prefix(['d', 's'])?))
        });
        let escaped = || ("%", directive.strip_prefix('%').unwrap_or(directive));
        let (text, behind) = named.unwrap_or_else(escaped);
        page.push_str(text);
        rest = behind;
    }
    page.push_str(rest);
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `DEFAULT_ERROR_MESSAGE` of Python 3.11's `http/server.py`.
    const PYTHON: &str = "<!DOCTYPE HTML>\n<html lang=\"en\">\n    <head>\n        \
        <meta charset=\"utf-8\">\n        <title>Error response</title>\n    </head>\n    \
        <body>\n        <h1>Error response</h1>\n        <p>Error code: %(code)d</p>\n        \
        <p>Message: %(message)s.</p>\n        \
        <p>Error code explanation: %(code)s - %(explain)s.</p>\n    </body>\n</html>\n";

    #[test]
    fn fills_the_template_of_python() {
        let page = render(
            PYTHON,
            501,
            "Unsupported method",
            "Server does not support it",
        );
        assert!(page.contains("<p>Error code: 501</p>"));
        assert!(page.contains("<p>Message: Unsupported method.</p>"));
        assert!(page.contains("501 - Server does not support it."));
        assert!(!page.contains("%("));
    }

    #[test]
    fn the_default_page_says_what_python_says() {
        let page = render(
            DEFAULT_ERROR_MESSAGE,
            404,
            "File not found",
            "Nothing matches",
        );
        for text in [
            "<title>Error response</title>",
            "<h1>Error response</h1>",
            "Error code: 404<",
            "Message: File not found.<",
            "Error code explanation: 404 - Nothing matches.<",
        ] {
            assert!(page.contains(text), "{text}");
        }
    }

    #[test]
    fn the_default_page_is_small_and_self_contained() {
        assert!(DEFAULT_ERROR_MESSAGE.len() < 2048);
        for foreign in ["<script", "http:", "https:", "@import", "url("] {
            assert!(!DEFAULT_ERROR_MESSAGE.contains(foreign), "{foreign}");
        }
        assert!(DEFAULT_ERROR_MESSAGE.starts_with("<!doctype html>\n<html lang="));
    }

    #[test]
    fn echoed_text_is_never_a_template() {
        assert_eq!(
            render("%(message)s|%(explain)s", 1, "%(explain)s", "%%(code)d"),
            "%(explain)s|%%(code)d"
        );
    }

    #[test]
    fn broken_directives_stay() {
        for odd in ["%", "%s", "%(code)", "%(code)x", "%(code", "50% é", "%(x)s"] {
            assert_eq!(render(odd, 404, "m", "e"), odd);
        }
        assert_eq!(render("%%%(code)d%%(code)d", 404, "", ""), "%404%(code)d");
        assert_eq!(render("", 404, "m", "e"), "");
    }
}

//! Shows a site in the user's browser.

use super::failure::Failure;
use std::process::{Command, Stdio};

/// What opens a URL on this system.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// Opens a URL in the user's browser, and doesn't wait for it.
///
/// # Errors
///
/// It isn't one of a site, or there is nothing that opens it.
pub fn open(url: &str) -> Result<(), Failure> {
    // It comes from a server, and what opens it takes other things, too.
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err(Failure::Usage(format!("{url:?} isn't the URL of a site")));
    }
    let mut opener = Command::new(OPENER);
    opener
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    match opener.spawn() {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Usage(format!(
            "cannot open {url} by {OPENER}: {error}; open it in a browser"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sites_are_opened() {
        for bad in [
            "file:///etc/passwd",
            "--help",
            "javascript:alert(1)",
            "",
            "HTTP://a",
        ] {
            assert!(open(bad).is_err(), "{bad}");
        }
    }
}

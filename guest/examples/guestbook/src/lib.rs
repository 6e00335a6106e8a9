//! A form whose entries are kept in a file, in a directory that the handler was
//! granted to write: the one thing on the machine that it can change.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-guestbook
//! mkdir -p book
//! wasm-host serve --component target/wasm32-wasip2/release/guestbook.wasm \
//!     --dir book::/guestbook:rw 8000
//! ```
//!
//! All that a guest can write is bounded, and escaped where it is shown. A form
//! that was sent is answered with a redirect, so that reloading the page doesn't
//! send it again.

mod book;

use book::{Book, Entry, MAX_MESSAGE, MAX_NAME};
use std::io::{Read, Write};
use std::path::PathBuf;
use wasm_host_sdk::html::escape;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// The most bytes of a form: both texts, each byte of them as `%XX`.
const MAX_FORM: usize = 4 * (MAX_NAME + MAX_MESSAGE);

/// Where the directory is granted.
#[cfg(not(test))]
fn directory() -> PathBuf {
    PathBuf::from("/guestbook")
}

struct Guestbook {
    exchange: Exchange,
    book: Book,
}

impl BaseHttpRequestHandler for Guestbook {
    fn new(exchange: Exchange) -> Self {
        let book = Book::at(directory().join("entries.txt"));
        Self { exchange, book }
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn do_get(&mut self) -> Result<()> {
        if self.exchange().path != "/" {
            return self.send_error(HttpStatus::NOT_FOUND, None, None);
        }
        let page = page(&self.book.last_entries()?);
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.send_header("Content-Length", page.len())?;
        self.send_header("Content-Security-Policy", "default-src 'none'")?;
        self.end_headers()?;
        if self.exchange().command == "HEAD" {
            return Ok(());
        }
        Ok(self.exchange().wfile.write_all(page.as_bytes())?)
    }

    fn do_head(&mut self) -> Result<()> {
        self.do_get()
    }

    fn do_post(&mut self) -> Result<()> {
        if self.exchange().path != "/" {
            return self.send_error(HttpStatus::NOT_FOUND, None, None);
        }
        if !self.is_form() {
            return self.send_error(HttpStatus::UNSUPPORTED_MEDIA_TYPE, None, None);
        }
        let mut form = Vec::new();
        let content = &mut self.exchange().rfile;
        content.take(MAX_FORM as u64 + 1).read_to_end(&mut form)?;
        if form.len() > MAX_FORM {
            return self.send_error(HttpStatus::CONTENT_TOO_LARGE, None, None);
        }
        let Some(entry) = read_form(&form) else {
            let explain = "A name and a message, neither empty nor too long.";
            return self.send_error(HttpStatus::UNPROCESSABLE_CONTENT, None, Some(explain));
        };
        if !self.book.add(&entry)? {
            return self.send_error(HttpStatus::INSUFFICIENT_STORAGE, None, None);
        }
        self.send_response(HttpStatus::SEE_OTHER)?;
        self.send_header("Location", "/")?;
        self.send_header("Content-Length", 0)?;
        self.end_headers()
    }
}

impl Guestbook {
    fn is_form(&mut self) -> bool {
        let content_type = self.exchange().headers.get("Content-Type");
        content_type.is_some_and(|value| {
            let media_type = value.split(';').next().unwrap_or_default().trim();
            media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
    }
}

fn read_form(form: &[u8]) -> Option<Entry> {
    let field = |wanted: &str| {
        let mut fields = form_urlencoded::parse(form);
        fields
            .find(|(name, _)| name == wanted)
            .map(|(_, text)| text)
    };
    Entry::new(&field("name")?, &field("message")?)
}

fn page(entries: &[Entry]) -> String {
    let mut list = String::new();
    for Entry { name, message } in entries {
        let (name, message) = (escape(name), escape(message));
        list.push_str(&format!("<dt>{name}</dt><dd>{message}</dd>\n"));
    }
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Guestbook</title>
<h1>Guestbook</h1>
<form method="post" action="/">
<p><label>Name <input name="name" maxlength="{MAX_NAME}" required></label>
<p><label>Message <input name="message" maxlength="{MAX_MESSAGE}" size="60" required></label>
<p><button>Sign</button>
</form>
<dl>
{list}</dl>
</html>
"#
    )
}

wasm_host_sdk::export!(Guestbook);

#[cfg(test)]
mod tests;
#[cfg(test)]
use tests::directory;

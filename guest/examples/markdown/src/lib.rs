//! A directory's files, with `.md` as pages: `send_head` is overridden, and all
//! else is the static handler's.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 -p wasm-host-example-markdown
//! wasm-host serve --component target/wasm32-wasip2/release/markdown.wasm 8000
//! ```
//!
//! HTML in a Markdown file is shown as text, and links run no scripts: the pages
//! can be written by people who aren't trusted with the server's origin. The
//! file itself is at `page.md?raw`.

mod render;

use wasm_host_sdk::conditional::{EntityTag, Evaluation, Preconditions, Validators};
use wasm_host_sdk::date::http_date;
use wasm_host_sdk::file::{File, Opened, Status, Version};
use wasm_host_sdk::simple::path::is_hidden;
use wasm_host_sdk::simple::{self, Content};
use wasm_host_sdk::{
    BaseHttpRequestHandler, Exchange, HttpStatus, Result, SimpleHttpRequestHandler, simple_methods,
};

/// The longest file that is rendered; a longer one is sent as it is.
const MAX_MARKDOWN: u64 = 1024 * 1024;

struct Markdown(Exchange);

impl BaseHttpRequestHandler for Markdown {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    simple_methods!();
}

impl SimpleHttpRequestHandler for Markdown {
    fn send_head(&mut self) -> Result<Option<Content>> {
        match self.find_markdown() {
            Some((file, status, name)) => self.send_page(&file, &status, &name),
            None => simple::send_head(self),
        }
    }
}

impl Markdown {
    /// The file to render, and its name, if the request is for one. What the
    /// static handler doesn't show isn't found here either.
    fn find_markdown(&mut self) -> Option<(File, Status, String)> {
        let target = self.exchange().path.clone();
        let path = self.translate_path(&target).ok()?;
        let server = &self.exchange().server;
        let hides = server.setting("no-hidden").is_some() && is_hidden(&path.relative);
        if hides || path.trailing_slash || target.ends_with("?raw") {
            return None;
        }
        let name = path.relative.rsplit(|&byte| byte == b'/').next()?;
        let name = String::from_utf8_lossy(name.strip_suffix(b".md")?).into_owned();
        match server.directory.as_ref()?.open(&path.relative) {
            Ok(Opened::File(file, status)) if status.size <= MAX_MARKDOWN => {
                Some((file, status, name))
            }
            _ => None,
        }
    }

    /// Sends the head for a file's page; returns the page.
    fn send_page(&mut self, file: &File, status: &Status, name: &str) -> Result<Option<Content>> {
        let tag = page_tag(status);
        let validators = Validators {
            etag: tag.as_deref().and_then(EntityTag::parse),
            last_modified: status.modified.map(|time| time.seconds),
        };
        match evaluate(self.exchange(), status, &validators) {
            Evaluation::Proceed => {}
            Evaluation::NotModified => {
                self.send_response(HttpStatus::NOT_MODIFIED)?;
                self.send_validators(&validators)?;
                self.end_headers()?;
                return Ok(None);
            }
            Evaluation::PreconditionFailed => {
                self.send_error(HttpStatus::PRECONDITION_FAILED, None, None)?;
                return Ok(None);
            }
        }
        let markdown = read_all(file, status.size)?;
        let page = render::page(&String::from_utf8_lossy(&markdown), name);
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/html; charset=utf-8")?;
        self.send_header("Content-Length", page.len())?;
        self.send_validators(&validators)?;
        self.end_headers()?;
        Ok(Some(Content::bytes(page.into_bytes())))
    }

    fn send_validators(&mut self, validators: &Validators<'_>) -> Result<()> {
        if let Some(time) = validators.last_modified {
            self.send_header("Last-Modified", http_date(time))?;
        }
        if let Some(tag) = validators.etag {
            self.send_header("ETag", tag)?;
        }
        Ok(())
    }
}

/// An entity tag for a page: it changes with the file, and with this handler's
/// version, which may render it in another way.
fn page_tag(status: &Status) -> Option<String> {
    let (weak, id) = match status.version? {
        Version::Exact { id, .. } => ("", id),
        Version::Likely(id) => ("W/", id),
    };
    let version = env!("CARGO_PKG_VERSION");
    Some(format!("{weak}\"{id:x}-page-{version}\""))
}

fn evaluate(exchange: &Exchange, status: &Status, validators: &Validators<'_>) -> Evaluation {
    let headers = &exchange.headers;
    let since = headers.get("If-Modified-Since");
    let told = since.filter(|date| status.is_told_by(date));
    Preconditions {
        if_match: headers.get_joined("If-Match").as_deref(),
        if_none_match: headers.get_joined("If-None-Match").as_deref(),
        if_modified_since: told.as_deref(),
        if_unmodified_since: headers.get("If-Unmodified-Since").as_deref(),
    }
    .evaluate(true, validators)
}

/// A file's content, as far as it is as long as it was.
fn read_all(file: &File, size: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    while (content.len() as u64) < size {
        let read = content.len() as u64;
        let most = usize::try_from(size - read).unwrap_or(usize::MAX);
        let bytes = file.read_at(read, most)?;
        if bytes.is_empty() {
            break;
        }
        content.extend_from_slice(&bytes);
    }
    Ok(content)
}

wasm_host_sdk::export!(Markdown);

#[cfg(test)]
mod tests;

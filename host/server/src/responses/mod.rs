//! How a handler made with the SDK answers, as the server's owner wants it: what a
//! handler gets as the `settings` of the contract's `server` interface.

use crate::rule_parts::RuleParts;

mod credential;
mod values;

pub use credential::{Credential, CredentialError};
pub use values::{
    Charset, FileName, MediaType, RelativePath, ResponseField, ResponseOptionError, TypedPath,
};

/// How a handler made with the SDK answers, the embedded one among them.
///
/// ```
/// use wasm_host_server::{Missing, ResponseOptions};
///
/// let mut responses = ResponseOptions::default();
/// responses.fields.push("X-Frame-Options: DENY".parse()?);
/// responses.missing = Missing::Page("errors/404.html".parse()?);
/// let builder = wasm_host_server::ThreadingHttpServer::builder().responses(responses);
/// # Ok::<(), wasm_host_server::ResponseOptionError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ResponseOptions {
    /// The highest version of HTTP to answer with.
    pub protocol: Protocol,
    /// Fields to add to every response.
    pub fields: Vec<ResponseField>,
    /// The files to serve for a directory: the first that exists is taken. Empty:
    /// index.html, then index.htm.
    pub index: Vec<FileName>,
    /// Answer 404 for a directory without an index, rather than list it.
    pub no_listing: bool,
    /// Let pages of any origin read the responses (CORS).
    pub cors: bool,
    /// What to answer where there is no file.
    pub missing: Missing,
    /// Serve `a.html` for /a, and send clients there from /a.html: each page has one
    /// address, as Cloudflare has it (`auto-trailing-slash`).
    pub clean_urls: bool,
    /// The type of files with an unknown suffix. None: `application/octet-stream`.
    pub content_type: Option<MediaType>,
    /// The types of certain paths, whatever their names say: the first whose pattern
    /// matches counts.
    pub typed_paths: Vec<TypedPath>,
    /// The charset that all texts are said to have. None: that of plain text which
    /// is UTF-8; pages declare theirs themselves.
    pub charset: Option<Charset>,
    /// Serve x.br, x.zst or x.gz in place of x to clients that accept it.
    pub precompressed: bool,
    /// Serve x.js.br, x.js.zst, x.js.gz and x.js.unityweb, asked for by that name, as
    /// x.js with `Content-Encoding`.
    pub compressed_names: bool,
    /// Answer 404 for names that begin with a dot, other than .well-known, and
    /// don't list them.
    pub no_hidden: bool,
    /// The rules of the site, by which paths lead elsewhere and responses have fields. The
    /// embedded handler then doesn't serve `_redirects`, `_headers` and `wasm-host.toml`,
    /// of which they are made. None: it asks for no rules, and serves all files.
    pub rules: Option<RuleParts>,
    /// Who may see anything at all, of each name the first. Empty: everybody.
    ///
    /// Only the embedded handler asks for a password; one of one's own does as it
    /// likes.
    pub auth: Vec<Credential>,
}

/// The highest version of HTTP to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// HTTP/1.0, as `http.server` by default: a connection for each request.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

/// What is answered where there is no file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Missing {
    /// 404, with a page of the handler's own.
    #[default]
    NotFound,
    /// 404, with a page beneath the served directory.
    Page(RelativePath),
    /// 404, with the page 404.html of the nearest directory that has one, from the path
    /// upwards.
    NearestPage,
    /// /index.html, which makes the page in the browser: for single-page
    /// applications. What isn't asked for as a page is 404.
    SinglePage,
}

impl ResponseOptions {
    /// As a handler is told of them. What is left at its default is left out, as
    /// each instance is told all the rest.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        let mut set = |name: &str, value: &str| settings.push((name.to_owned(), value.to_owned()));
        if self.protocol == Protocol::Http10 {
            set("protocol", "HTTP/1.0");
        }
        let flags = [
            ("no-listing", self.no_listing),
            ("cors", self.cors),
            ("spa", self.missing == Missing::SinglePage),
            ("clean-urls", self.clean_urls),
            ("not-found-nearest", self.missing == Missing::NearestPage),
            ("precompressed", self.precompressed),
            ("compressed-names", self.compressed_names),
            ("no-hidden", self.no_hidden),
            ("rules", self.rules.is_some()),
        ];
        for (name, _) in flags.iter().filter(|(_, is_set)| *is_set) {
            set(name, "");
        }
        for field in &self.fields {
            set("header", field.as_str());
        }
        for name in &self.index {
            set("index", name.as_str());
        }
        if let Missing::Page(page) = &self.missing {
            set("not-found", page.as_str());
        }
        for credential in &self.auth {
            set("auth", credential.as_str());
        }
        if let Some(media_type) = &self.content_type {
            set("content-type", media_type.as_str());
        }
        for typed in &self.typed_paths {
            // A media type has no tab.
            let (media_type, pattern) = (typed.media_type().as_str(), typed.pattern());
            set("content-type-of", &format!("{media_type}\t{pattern}"));
        }
        if let Some(charset) = &self.charset {
            set("charset", charset.as_str());
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_at_its_default_is_not_told() {
        assert!(ResponseOptions::default().settings().is_empty());
        let options = ResponseOptions {
            protocol: Protocol::Http10,
            cors: true,
            missing: Missing::SinglePage,
            fields: vec!["X-A: b".parse().unwrap()],
            ..ResponseOptions::default()
        };
        let told = [
            ("protocol", "HTTP/1.0"),
            ("cors", ""),
            ("spa", ""),
            ("header", "X-A: b"),
        ];
        let told = told.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(options.settings(), told);
    }
}

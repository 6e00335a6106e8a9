//! The options of responses: what a handler made with the SDK does.

use clap::{Args, ValueEnum};
use std::path::Path;
use std::str::FromStr;
use wasm_host_server::{
    Charset, FileName, MediaType, Missing, Protocol, RelativePath, ResponseField,
    ResponseOptionError, ResponseOptions, TypedPath,
};

/// The default of an option that has a value of its own to say so.
const CONTENT_TYPE: &str = "application/octet-stream";

/// How files and listings are answered.
#[derive(Debug, Args)]
pub(super) struct Responses {
    /// Highest version of HTTP to answer with.
    #[arg(short, long, value_name = "VERSION", default_value = "HTTP/1.1")]
    protocol: ProtocolArg,

    /// Add a field to every response; repeatable [default: none].
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<ResponseField>,

    /// File to serve for a directory; repeatable, the first that exists is
    /// taken [default: index.html, index.htm].
    #[arg(long, value_name = "NAME")]
    index: Vec<FileName>,

    /// Answer 404 for a directory without an index, rather than list it
    /// [default: list].
    #[arg(long)]
    no_listing: bool,

    /// Let pages of any origin read the responses (CORS) [default: off].
    #[arg(long)]
    cors: bool,

    /// Serve /index.html to browsers that go to a page that doesn't exist, for
    /// single-page applications; scripts and pictures that don't are 404
    /// [default: off].
    #[arg(long)]
    spa: bool,

    /// Page to serve, with status 404, for paths that don't exist; beneath the
    /// directory [default: a built-in page].
    #[arg(long, conflicts_with = "spa", value_name = "FILE")]
    not_found: Option<RelativePath>,

    /// Page to serve, with status 404, for paths that don't exist: the 404.html of the
    /// nearest directory that has one, upwards [default: a built-in page].
    #[arg(long, conflicts_with_all = ["spa", "not_found"])]
    not_found_nearest: bool,

    /// Serve a.html for /a, and send clients there from /a.html and /a/ (307); from
    /// /a/index.html to /a/ [default: only by its name].
    #[arg(long)]
    clean_urls: bool,

    /// Content type of files with an unknown suffix; or, as PATTERN=TYPE, of the
    /// paths that match, where * stands for any text; repeatable, the first that
    /// matches counts.
    #[arg(long, value_name = "[PATTERN=]TYPE", default_value = CONTENT_TYPE)]
    content_type: Vec<ContentType>,

    /// Charset that all texts are said to have, such as utf-8 [default: only plain
    /// text is looked at, and is said to be UTF-8 if it is; pages declare theirs].
    #[arg(long, value_name = "NAME")]
    charset: Option<Charset>,

    /// Serve x.br, x.zst or x.gz in place of x to clients that accept it
    /// [default: off].
    #[arg(long)]
    precompressed: bool,

    /// Serve x.js.br, x.js.zst, x.js.gz and x.js.unityweb, asked for by that name,
    /// as x.js with Content-Encoding; archives (.tar.gz) stay files [default: off].
    #[arg(long)]
    compressed_names: bool,

    /// Answer 404 for names that begin with a dot, other than .well-known, and
    /// don't list them [default: serve them].
    #[arg(long)]
    no_hidden: bool,
}

/// What a type is given for.
#[derive(Debug, Clone)]
enum ContentType {
    Unknown(MediaType),
    Matching(TypedPath),
}

impl FromStr for ContentType {
    type Err = ResponseOptionError;

    /// A media type has an equals sign in its parameters alone, so that it can't be
    /// taken for a pattern and a type.
    fn from_str(text: &str) -> Result<Self, ResponseOptionError> {
        match text.parse() {
            Ok(media_type) => Ok(Self::Unknown(media_type)),
            Err(_) => text.parse().map(Self::Matching),
        }
    }
}

/// The versions of HTTP, as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProtocolArg {
    #[value(name = "HTTP/1.0")]
    Http10,
    #[value(name = "HTTP/1.1")]
    Http11,
}

impl Responses {
    /// A page that isn't there may come later, or have been misspelt.
    pub(super) fn warn_of_absent_pages(&self, directory: &Path) {
        let compressed = |page: &str| {
            let mut suffixes = ["br", "zst", "gz"].iter();
            self.precompressed
                && suffixes.any(|suffix| directory.join(format!("{page}.{suffix}")).is_file())
        };
        let absent = |page: &str| !directory.join(page).is_file() && !compressed(page);
        if self.spa && absent("index.html") {
            tracing::warn!(
                "there is no index.html in {directory:?} yet: --spa has no effect until then"
            );
        }
        let page = self.not_found.as_ref().map(RelativePath::as_str);
        if let Some(page) = page.filter(|page| absent(page)) {
            tracing::warn!(
                "there is no {page:?} in {directory:?} yet: --not-found has no effect until then"
            );
        }
    }

    pub(super) fn options(&self) -> ResponseOptions {
        let mut options = ResponseOptions::default();
        options.protocol = match self.protocol {
            ProtocolArg::Http10 => Protocol::Http10,
            ProtocolArg::Http11 => Protocol::Http11,
        };
        options.fields.clone_from(&self.header);
        options.index.clone_from(&self.index);
        options.no_listing = self.no_listing;
        options.cors = self.cors;
        options.missing = match &self.not_found {
            _ if self.spa => Missing::SinglePage,
            Some(page) => Missing::Page(page.clone()),
            None if self.not_found_nearest => Missing::NearestPage,
            None => Missing::NotFound,
        };
        for content_type in &self.content_type {
            match content_type {
                ContentType::Unknown(default) if default.as_str() == CONTENT_TYPE => {
                    options.content_type = None;
                }
                ContentType::Unknown(default) => options.content_type = Some(default.clone()),
                ContentType::Matching(typed) => options.typed_paths.push(typed.clone()),
            }
        }
        options.charset.clone_from(&self.charset);
        options.clean_urls = self.clean_urls;
        options.precompressed = self.precompressed;
        options.compressed_names = self.compressed_names;
        options.no_hidden = self.no_hidden;
        options
    }
}

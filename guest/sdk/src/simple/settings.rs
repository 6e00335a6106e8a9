//! The server's options that concern files.

use super::content_type::DEFAULT_CONTENT_TYPE;
use super::typed_paths::TypedPaths;
use super::upload::UploadSettings;
use std::borrow::Cow;

/// What `wasm-host serve` was told of how to serve files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleSettings {
    /// `--index`: the files that stand for their directory.
    pub index_pages: Vec<String>,
    /// Without `--no-listing`: whether directories are listed.
    pub listing: bool,
    /// `--cors`: whether preflight requests are answered.
    pub cors: bool,
    /// `--spa`: whether `/index.html` stands for a page that doesn't exist.
    pub spa: bool,
    /// `--not-found`: the page for what doesn't exist.
    pub not_found: Option<String>,
    /// `--content-type`: the type of files with an unknown suffix.
    pub content_type: Cow<'static, str>,
    /// `--content-type PATTERN=TYPE`: the types of certain paths.
    pub typed_paths: TypedPaths,
    /// `--charset`: the charset that all texts are said to have.
    pub charset: Option<String>,
    /// `--precompressed`: whether `x.gz` may be sent for `x`.
    pub precompressed: bool,
    /// `--compressed-names`: whether `x.gz` is sent as `x` with an encoding.
    pub compressed_names: bool,
    /// Without `--no-hidden`: whether dotfiles are served.
    pub hidden: bool,
    /// `--clean-urls`: whether pages have addresses without `.html`.
    pub clean_urls: bool,
    /// `--not-found-nearest`: whether the nearest `404.html` is sent for what doesn't
    /// exist.
    pub not_found_nearest: bool,
    /// `--rules`: whether the files that the rules are made of are no files to serve.
    pub rules: bool,
    /// `--archives`: whether directories may be had as archives.
    pub archives: bool,
    /// `--upload`: how clients may leave files. None: they may not.
    pub upload: Option<UploadSettings>,
}

impl Default for SimpleSettings {
    fn default() -> Self {
        Self {
            index_pages: vec!["index.html".to_owned(), "index.htm".to_owned()],
            listing: true,
            cors: false,
            spa: false,
            not_found: None,
            content_type: Cow::Borrowed(DEFAULT_CONTENT_TYPE),
            typed_paths: TypedPaths::default(),
            charset: None,
            precompressed: false,
            compressed_names: false,
            hidden: true,
            clean_urls: false,
            not_found_nearest: false,
            rules: false,
            archives: false,
            upload: None,
        }
    }
}

impl SimpleSettings {
    /// Reads them from the server's settings. Others are left to others.
    pub(crate) fn new(settings: &[(String, String)]) -> Self {
        let mut simple = Self::default();
        let mut index_pages = Vec::new();
        for (name, value) in settings {
            match name.as_str() {
                "index" => index_pages.push(value.clone()),
                "no-listing" => simple.listing = false,
                "cors" => simple.cors = true,
                "spa" => simple.spa = true,
                "not-found" => simple.not_found = Some(value.clone()),
                "content-type" => simple.content_type = Cow::Owned(value.clone()),
                "content-type-of" => simple.typed_paths.add(value),
                "charset" => simple.charset = Some(value.clone()),
                "precompressed" => simple.precompressed = true,
                "compressed-names" => simple.compressed_names = true,
                "no-hidden" => simple.hidden = false,
                "clean-urls" => simple.clean_urls = true,
                "not-found-nearest" => simple.not_found_nearest = true,
                "rules" => simple.rules = true,
                "archives" => simple.archives = true,
                _ => {}
            }
        }
        simple.upload = upload(settings);
        if !index_pages.is_empty() {
            simple.index_pages = index_pages;
        }
        simple
    }
}

fn upload(settings: &[(String, String)]) -> Option<UploadSettings> {
    let value = |name: &str| {
        let mut given = settings.iter().filter(|(given, _)| given == name);
        given.next().map(|(_, value)| value.as_str())
    };
    value("upload")?;
    Some(UploadSettings {
        max_size: value("upload-max-size")?.parse().ok()?,
        overwrite: value("overwrite").is_some(),
    })
}

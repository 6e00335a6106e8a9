//! The options by which a handler is granted something.

use crate::failure::Failure;
use crate::numbers::whole;
use crate::values;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use wasm_host_server::{DirectoryGrant, GrantOptions, KeyValueFile, KeyValues, OutboundTarget};

/// Bytes.
const MEBIBYTE: u64 = 1024 * 1024;

/// What a handler is granted; nothing else is passed on to it.
#[derive(Debug, Args)]
pub(super) struct Grants {
    /// Directory for the handler, as GUEST there (HOST, if left out); read-only
    /// without :rw, as with :ro; repeatable. The first :: ends HOST; write a
    /// slash after a name that ends in a colon and letters. Each GUEST is another,
    /// and / is what --directory serves [default: none].
    #[arg(long = "dir", value_name = "HOST[::GUEST][:rw]", value_parser = directory())]
    directories: Vec<DirectoryGrant>,

    /// Environment variable for the handler, with this process's value if none
    /// is given; repeatable [default: none].
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = values::guest_variable)]
    environment: Vec<(String, String)>,

    /// Argument for the handler, after the component's name; repeatable
    /// [default: none].
    #[arg(long = "arg", value_name = "VALUE", allow_hyphen_values = true)]
    arguments: Vec<String>,

    /// Host that a handler of wasi:http may send requests to, at any port if
    /// none is given; repeatable. A handler of wasm-host:http/handler has no way
    /// to send any [default: none].
    #[arg(long, value_name = "HOST[:PORT]")]
    allow_outbound: Vec<OutboundTarget>,

    /// File that the handler keeps values in by wasi:keyvalue, as its store `default`; it
    /// is made if it isn't there [default: none].
    #[arg(long, value_name = "FILE")]
    keyvalue: Option<PathBuf>,

    /// Most that is kept there, in MiB.
    #[arg(long, value_name = "MIB", default_value = "64", requires = "keyvalue",
          value_parser = whole(1..=1_048_576_u32), allow_negative_numbers = true)]
    keyvalue_size: u32,
}

fn directory() -> impl TypedValueParser<Value = DirectoryGrant> {
    OsStringValueParser::new().try_map(|text| {
        let plain = without_read_only(text.as_bytes())?;
        DirectoryGrant::parse(OsStr::from_bytes(plain)).map_err(|error| error.to_string())
    })
}

/// The same without the `:ro` that other programs know, and that is the default.
///
/// # Errors
///
/// What it ends in looks like an access, and is none: taken for a part of the
/// handler's path it would grant what nobody meant.
fn without_read_only(text: &[u8]) -> Result<&[u8], String> {
    let plain = text.strip_suffix(b":ro").unwrap_or(text);
    let paths = plain.strip_suffix(b":rw").unwrap_or(plain);
    let both = plain.len() < text.len() && paths.len() < plain.len();
    if both || looks_like_access(paths) {
        let end = text.rsplit(|&byte| byte == b'/').next().unwrap_or(text);
        let end = String::from_utf8_lossy(end);
        return Err(format!(
            "unknown access at the end of {end:?}; give :rw, or :ro, the default, or write a slash after a name with a colon"
        ));
    }
    Ok(plain)
}

/// Whether the last name in this ends in a colon and letters, such as
/// `:rww`, or Docker's `:ro,z`.
fn looks_like_access(paths: &[u8]) -> bool {
    let guest = match paths.windows(2).position(|pair| pair == b"::") {
        Some(at) => &paths[at + 2..],
        None => paths,
    };
    let Some(colon) = guest.iter().rposition(|&byte| byte == b':') else {
        return false;
    };
    let end = &guest[colon + 1..];
    !end.is_empty()
        && end
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || *byte == b',')
}

impl Grants {
    /// Opens what is granted that is opened once. `served`: the directory whose files
    /// anybody may have.
    ///
    /// # Errors
    ///
    /// It can't be opened, or lies where it mustn't.
    pub(super) fn options(&self, served: &Path) -> Result<GrantOptions, Failure> {
        let mut options = GrantOptions::default();
        options.directories.clone_from(&self.directories);
        options.environment.clone_from(&self.environment);
        options.arguments.clone_from(&self.arguments);
        options.outbound.clone_from(&self.allow_outbound);
        options.key_values = self.key_values(served)?;
        Ok(options)
    }

    fn key_values(&self, served: &Path) -> Result<Option<KeyValues>, Failure> {
        let Some(file) = &self.keyvalue else {
            return Ok(None);
        };
        let around = file
            .parent()
            .filter(|around| !around.as_os_str().is_empty());
        let around = around.unwrap_or(Path::new(".")).canonicalize();
        let served = served.canonicalize();
        if let (Ok(around), Ok(served)) = (around, served)
            && around.starts_with(&served)
        {
            return Err(Failure::Preview(format!(
                "{} is in the directory that is served, where anybody could read it; give --keyvalue a file elsewhere",
                file.display()
            )));
        }
        let most = u64::from(self.keyvalue_size) * MEBIBYTE;
        let opened = KeyValueFile::open(file, most);
        let opened = opened.map_err(|error| Failure::Preview(error.to_string()))?;
        Ok(Some(opened.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_only_is_known_and_what_is_unknown_refused() {
        for (text, plain) in [
            ("d", "d"),
            ("d:ro", "d"),
            ("d::/x:ro", "d::/x"),
            ("d::/x:rw", "d::/x:rw"),
            ("d::x", "d::x"),
            ("a:ro::/x", "a:ro::/x"),
            ("/a:rww/", "/a:rww/"),
            ("/backup-10:30", "/backup-10:30"),
            ("d:/x", "d:/x"),
        ] {
            let result = without_read_only(text.as_bytes());
            assert_eq!(result, Ok(plain.as_bytes()), "{text}");
        }
        for text in [
            "d::/x:rww",
            "d:RO",
            "d::/x:ro,z",
            "d:rw:ro",
            "d:ro:rw",
            "d:ro:ro",
        ] {
            let message = without_read_only(text.as_bytes()).unwrap_err();
            assert!(message.contains(":rw, or :ro"), "{text}: {message}");
        }
    }
}

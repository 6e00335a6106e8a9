//! The options by which a handler is granted something.

use super::values;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use wasm_host::{DirectoryGrant, GrantOptions, OutboundTarget};

/// What a handler is granted; nothing else is passed on to it.
#[derive(Debug, Args)]
pub(super) struct Grants {
    /// Directory for the handler, as GUEST there (HOST, if left out); read-only
    /// without :rw; repeatable. The first :: ends HOST; write a slash after a
    /// name that ends in :rw. Each GUEST is another, and / is what --directory
    /// serves [default: none].
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
}

fn directory() -> impl TypedValueParser<Value = DirectoryGrant> {
    OsStringValueParser::new().try_map(|text| DirectoryGrant::parse(&text))
}

impl Grants {
    pub(super) fn options(&self) -> GrantOptions {
        let mut options = GrantOptions::default();
        options.directories.clone_from(&self.directories);
        options.environment.clone_from(&self.environment);
        options.arguments.clone_from(&self.arguments);
        options.outbound.clone_from(&self.allow_outbound);
        options
    }
}

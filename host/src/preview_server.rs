//! The options of commands that talk to a server of previews.

use crate::data_folder::data_folder_of_user;
use crate::failure::Failure;
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use wasm_host_preview::client::{Given, Server, TOKEN_VARIABLE, warning};

/// Which server, and how it knows who asks.
#[derive(Debug, Args)]
pub(super) struct PreviewServer {
    /// Address of the server [default: $WASM_HOST_SERVER, or `http://127.0.0.1:8000`].
    #[arg(long, value_name = "URL")]
    server: Option<String>,

    /// File with the server's token [default: the token itself in $WASM_HOST_TOKEN, or the
    /// file in $WASM_HOST_TOKEN_FILE, or on this machine the file that `wasm-host preview`
    /// of this user has made].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Certificate of an authority to accept beside those that browsers do, in PEM
    /// [default: $WASM_HOST_CA_FILE, or none].
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl PreviewServer {
    /// Asks the server something.
    ///
    /// # Errors
    ///
    /// It can't be asked, or says no.
    pub(super) fn ask<T>(
        &self,
        ask: impl AsyncFnOnce(&Server) -> Result<T, wasm_host_preview::client::Failure>,
    ) -> Result<T, Failure> {
        let has_token = variable(TOKEN_VARIABLE).is_some();
        let token_file = variable("WASM_HOST_TOKEN_FILE").filter(|_| !has_token);
        let given = Given {
            server: self.server.clone(),
            token_file: self.token_file.clone().or(token_file.map(PathBuf::from)),
            ca_file: (self.ca_file.clone())
                .or_else(|| variable("WASM_HOST_CA_FILE").map(PathBuf::from)),
        };
        let token = data_folder_of_user()?.join("preview/token");
        let server = given.server(|name| std::env::var_os(name), &token)?;
        if let Some(warning) = warning(server.address()) {
            eprintln!("warning: {warning}");
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(wasm_host_server::Error::Thread)?;
        Ok(runtime.block_on(ask(&server))?)
    }
}

/// A variable, if it says something.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

//! Has scripts run something else than what they are: `/run/NAME?FILE` runs
//! `cgi-bin/NAME`, and says by all variables that FILE is to be run.

use crate::Hostile;
use std::io::Write;
use wasm_host_sdk::process::{Environment, Input};
use wasm_host_sdk::{BaseHttpRequestHandler, HttpStatus, Result};

/// What interpreters go by.
const DECISIVE: [&str; 9] = [
    "SCRIPT_FILENAME",
    "SCRIPT_NAME",
    "PATH_TRANSLATED",
    "ORIG_PATH_TRANSLATED",
    "ORIG_SCRIPT_FILENAME",
    "DOCUMENT_ROOT",
    "REDIRECT_URL",
    "GATEWAY_INTERFACE",
    "PATH",
];

impl Hostile {
    /// Answers with all that the script prints, its head included.
    pub(crate) fn run(&mut self) -> Result<()> {
        let path = self.exchange().path.clone();
        let (name, file) = path["/run/".len()..].split_once('?').unwrap_or_default();
        let mut environment: Environment = DECISIVE
            .map(|name| (name.into(), file.as_bytes().to_vec()))
            .into();
        for name in ["REDIRECT_STATUS", "HTTP_REDIRECT_STATUS"] {
            environment.push((name.into(), b"200".to_vec()));
        }
        environment.push((b"REQUEST_METHOD".to_vec(), b"GET".to_vec()));
        let script = format!("cgi-bin/{name}");
        let spawned = self
            .exchange()
            .spawn(script.as_bytes(), &environment, Input::None);
        let Ok(mut child) = spawned else {
            return self.send_error(HttpStatus::BAD_GATEWAY, None, None);
        };
        let mut printed = Vec::new();
        while let Ok(bytes) = child.read()
            && !bytes.is_empty()
        {
            printed.extend(bytes);
        }
        self.send_head(printed.len())?;
        Ok(self.exchange().wfile.write_all(&printed)?)
    }
}

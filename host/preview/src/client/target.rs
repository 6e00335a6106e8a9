//! Which server, by which token, and which project: from options, from the environment,
//! or from where `wasm-host preview` of the same user leaves them.

use super::failure::Failure;
use super::server::{DEFAULT_SERVER, Server, ServerAddress};
use crate::names::{MAX_NAME, ProjectName};
use crate::token::Token;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The variable that has the server's address.
pub const SERVER_VARIABLE: &str = "WASM_HOST_SERVER";

/// The variable that has the token itself.
pub const TOKEN_VARIABLE: &str = "WASM_HOST_TOKEN";

/// What the command line says of the server; what it doesn't say is found elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--server`: its address.
    pub server: Option<String>,
    /// `--token-file`: a file with the token.
    pub token_file: Option<PathBuf>,
    /// `--ca-file`: a PEM file of an authority to trust beside those of browsers.
    pub ca_file: Option<PathBuf>,
}

impl Given {
    /// The server. `variable` reads the environment, and `own_token_file` is where
    /// `wasm-host preview` of this user has its token.
    ///
    /// # Errors
    ///
    /// The address is none, or there is no token.
    pub fn server(
        &self,
        variable: impl Fn(&str) -> Option<OsString>,
        own_token_file: &Path,
    ) -> Result<Server, Failure> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let address = self.address(set(SERVER_VARIABLE))?;
        let token = self.token(set(TOKEN_VARIABLE), &address, own_token_file)?;
        Server::new(address, token, self.ca_file.as_deref())
    }

    fn address(&self, variable: Option<OsString>) -> Result<ServerAddress, Failure> {
        let (text, from) = match (&self.server, variable) {
            (Some(given), _) => (given.clone(), "--server"),
            (None, Some(set)) => (set.to_string_lossy().into_owned(), SERVER_VARIABLE),
            (None, None) => (DEFAULT_SERVER.to_owned(), "the default"),
        };
        let parsed: Result<ServerAddress, _> = text.parse();
        parsed.map_err(|error| Failure::Usage(format!("{from}, {text:?}: {error}")))
    }

    /// The token of this user's own server is for servers on this machine only: whoever
    /// can have another address given must not be sent it.
    fn token(
        &self,
        variable: Option<OsString>,
        address: &ServerAddress,
        own: &Path,
    ) -> Result<Token, Failure> {
        if let Some(file) = &self.token_file {
            return read(file, "");
        }
        if let Some(set) = variable {
            let token = set.to_str().and_then(Token::new);
            let wrong = || {
                Failure::Usage(format!(
                    "{TOKEN_VARIABLE} has no token: it has to be one as `wasm-host preview` makes it"
                ))
            };
            return token.ok_or_else(wrong);
        }
        if !address.is_local() {
            return Err(Failure::Usage(format!(
                "there is no token for {address}; give it by --token-file FILE, or in {TOKEN_VARIABLE}"
            )));
        }
        read(
            own,
            "; `wasm-host preview` of this user makes it; give another by --token-file FILE, or in WASM_HOST_TOKEN",
        )
    }
}

fn read(file: &Path, hint: &str) -> Result<Token, Failure> {
    Token::read(file).map_err(|error| Failure::Usage(format!("{error}{hint}")))
}

/// A word for whoever sends a token in the clear, over a network.
#[must_use]
pub fn warning(address: &ServerAddress) -> Option<String> {
    let open = !address.is_encrypted() && !address.is_local();
    open.then(|| format!("the token is sent to {address} in the clear: everybody between can read it; give an address with https:// if there is one"))
}

/// The project: as given, or the folder's name, made a name that a project can have.
///
/// # Errors
///
/// The name that is given is none, or the folder's can't be made one.
pub fn project(given: Option<&str>, folder: &Path) -> Result<ProjectName, Failure> {
    if let Some(given) = given {
        let name = ProjectName::new(given);
        return name.map_err(|error| Failure::Usage(format!("--project: {error}")));
    }
    let real = folder.canonicalize();
    let real = real.as_deref().unwrap_or(folder);
    let names = real
        .components()
        .rev()
        .filter_map(|part| part.as_os_str().to_str());
    let mut projects = names.filter(|name| !is_output(name)).map(label);
    let none = || {
        let folder = folder.display();
        Failure::Usage(format!(
            "no project can be named after {folder}; give one by --project NAME"
        ))
    };
    projects
        .next()
        .and_then(|name| ProjectName::new(name).ok())
        .ok_or_else(none)
}

/// Names that a folder has since a tool puts a site there: the folder around it says more.
fn is_output(name: &str) -> bool {
    const OUTPUTS: &[&str] = &[
        "_site", "build", "dist", "out", "output", "public", "site", "www",
    ];
    OUTPUTS.contains(&name.to_lowercase().as_str())
}

/// `My Site (2)` is `my-site-2`.
fn label(name: &str) -> String {
    let mut label = String::new();
    for letter in name.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            label.push(letter);
        } else if !label.is_empty() && !label.ends_with('-') {
            label.push('-');
        }
    }
    label.truncate(MAX_NAME);
    label.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    const OWN: &str = "the-token-of-this-machine";

    /// A folder with this user's token in a file.
    fn data_folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        fs::write(&file, OWN).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        (folder, file)
    }

    fn server(server: Option<&str>, variables: &[(&str, &str)]) -> Result<Server, String> {
        let (_folder, file) = data_folder();
        let given = Given {
            server: server.map(str::to_owned),
            ..Given::default()
        };
        let variable = |name: &str| {
            let found = variables.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| OsString::from(value))
        };
        given
            .server(variable, &file)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_has_to_be_said_on_the_same_machine() {
        let server = server(None, &[]).unwrap();
        assert_eq!(server.address().to_string(), DEFAULT_SERVER);
    }

    #[test]
    fn an_option_counts_before_the_environment() {
        let set = [
            (SERVER_VARIABLE, "http://127.0.0.1:1"),
            (TOKEN_VARIABLE, "another-token-of-some-length"),
        ];
        assert_eq!(
            server(None, &set).unwrap().address().to_string(),
            "http://127.0.0.1:1"
        );
        let given = server(Some("http://127.0.0.1:2"), &set).unwrap();
        assert_eq!(given.address().to_string(), "http://127.0.0.1:2");
        assert!(server(None, &[(SERVER_VARIABLE, "")]).is_ok());
    }

    #[test]
    fn this_machines_token_goes_nowhere_else() {
        for elsewhere in [
            "https://evil.example",
            "http://192.0.2.1:8000",
            "http://localhost.evil.example",
        ] {
            let error = server(Some(elsewhere), &[]).err().unwrap();
            assert!(error.starts_with("there is no token for"), "{error}");
            assert!(server(None, &[(SERVER_VARIABLE, elsewhere)]).is_err());
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_name() {
        let error = server(Some("localhost:8000"), &[]).err().unwrap();
        assert!(
            error.starts_with("--server, \"localhost:8000\": "),
            "{error}"
        );
        let error = server(None, &[(TOKEN_VARIABLE, "short")]).err().unwrap();
        assert!(error.starts_with("WASM_HOST_TOKEN has no token"), "{error}");
        let given = Given::default().server(|_| None, Path::new("/nowhere/token"));
        let error = given.err().unwrap().to_string();
        assert!(
            error.contains("/nowhere/token") && error.contains("--token-file"),
            "{error}"
        );
    }

    #[test]
    fn a_project_is_named_after_its_folder() {
        let named = |folder: &str| {
            project(None, Path::new(folder))
                .map(|name| name.to_string())
                .ok()
        };
        assert_eq!(named("/nowhere/My Site (2)").as_deref(), Some("my-site-2"));
        assert_eq!(named("/nowhere/shop/dist").as_deref(), Some("shop"));
        assert_eq!(named("/nowhere/Übung").as_deref(), Some("bung"));
        assert_eq!(
            named(&format!("/{}", "a-".repeat(40))).map(|name| name.len()),
            Some(39)
        );
        for bad in ["/", "/dist", "/nowhere/дом", "/nowhere/api"] {
            assert_eq!(named(bad), None, "{bad}");
        }
        assert!(project(Some("No Name"), Path::new("/x")).is_err());
    }

    #[test]
    fn a_token_in_the_clear_is_warned_of() {
        let warned = |text: &str| warning(&text.parse().unwrap()).is_some();
        assert!(warned("http://192.0.2.1:8000"));
        assert!(!warned("https://previews.example") && !warned("http://127.0.0.1:8000"));
    }
}

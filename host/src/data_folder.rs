//! Where this user's programs keep what they can't make again.

use crate::failure::Failure;
use std::env::var_os;
use std::ffi::OsString;
use std::path::PathBuf;
use wasm_host_server::LocalAuthority;

/// The authority that this user has on this machine, or will have.
///
/// # Errors
///
/// Nobody knows where this user's files are.
pub(crate) fn local_authority() -> Result<LocalAuthority, Failure> {
    let folder = data_folder_of_user()?;
    Ok(LocalAuthority { folder })
}

/// The folder of all that wasm-host keeps for this user.
///
/// # Errors
///
/// Nobody knows where this user's files are.
pub(crate) fn data_folder_of_user() -> Result<PathBuf, Failure> {
    let folder = data_folder(var_os("XDG_DATA_HOME"), var_os("HOME"));
    folder.ok_or(Failure::NoDataFolder)
}

/// By the XDG Base Directory Specification, which has relative paths ignored.
fn data_folder(data_home: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let home = || Some(home.and_then(absolute)?.join(".local/share"));
    let data = data_home.and_then(absolute).or_else(home)?;
    Some(data.join("wasm-host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_where_others_have_theirs() {
        let folder = |data: Option<&str>, home: Option<&str>| {
            data_folder(data.map(OsString::from), home.map(OsString::from))
        };
        let expected = |path: &str| Some(PathBuf::from(path));
        let home = Some("/home/a");
        assert_eq!(folder(Some("/data"), home), expected("/data/wasm-host"));
        for ignored in [None, Some(""), Some("data")] {
            let found = folder(ignored, home);
            assert_eq!(found, expected("/home/a/.local/share/wasm-host"));
        }
        assert_eq!(folder(None, None), None);
        assert_eq!(folder(None, Some("")), None);
    }
}

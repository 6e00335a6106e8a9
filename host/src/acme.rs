//! The options of certificates that an authority issues.

use crate::acme_agent;
use crate::data_folder::data_folder_of_user;
use crate::failure::Failure;
use clap::Args;
use std::path::PathBuf;
use wasm_host_server::{AcmeOptions, DirectoryUrl, Domain, DomainError};

/// Where Let's Encrypt is.
const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Certificates that are obtained and renewed.
#[derive(Debug, Args)]
pub(super) struct Acme {
    /// Serve HTTPS with certificates that are obtained from Let's Encrypt and renewed in
    /// time, one for each name; repeatable, or with commas. Each name has to lead to this
    /// machine, and its port 443 to this server. Giving this is to agree to the
    /// authority's terms of service [default: HTTP].
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',', value_parser = domain,
          conflicts_with_all = ["tls_cert", "tls_local"])]
    tls_acme: Vec<Domain>,

    /// Where the authority can write to about its account [default: nowhere].
    #[arg(long, value_name = "EMAIL", requires = "tls_acme", value_parser = email)]
    tls_acme_email: Option<String>,

    /// Another authority, by the address of its directory (RFC 8555); to try something
    /// out, <https://acme-staging-v02.api.letsencrypt.org/directory>.
    #[arg(long, value_name = "URL", requires = "tls_acme", default_value = LETS_ENCRYPT)]
    tls_acme_directory: DirectoryUrl,

    /// What the authority's own certificate is issued by, in PEM, if it isn't one that
    /// browsers trust [default: what browsers trust].
    #[arg(long, value_name = "FILE", requires = "tls_acme")]
    tls_acme_ca: Option<PathBuf>,

    /// Folder for certificates, their keys and the account, which nobody else may look
    /// into; made if it isn't there [default: $XDG_DATA_HOME/wasm-host/acme or
    /// ~/.local/share/wasm-host/acme; none with --user].
    #[arg(long, value_name = "DIR", requires = "tls_acme")]
    tls_store: Option<PathBuf>,
}

impl Acme {
    /// None if no certificates are to be obtained.
    ///
    /// # Errors
    ///
    /// Nobody knows where to keep them.
    pub(super) fn options(&self, becomes_another: bool) -> Result<Option<AcmeOptions>, Failure> {
        if self.tls_acme.is_empty() {
            return Ok(None);
        }
        let store = match &self.tls_store {
            Some(store) => store.clone(),
            None if becomes_another => return Err(Failure::NoStore),
            None => data_folder_of_user()?.join("acme"),
        };
        Ok(Some(AcmeOptions {
            domains: self.tls_acme.clone(),
            email: self.tls_acme_email.clone(),
            directory: self.tls_acme_directory.clone(),
            roots: self.tls_acme_ca.clone(),
            store,
            agent: acme_agent::command(),
        }))
    }
}

fn domain(text: &str) -> Result<Domain, String> {
    text.parse().map_err(|error: DomainError| match error {
        DomainError::Address(_) | DomainError::Local(_) => {
            format!("{error}; give --tls-local to serve it by HTTPS on this machine")
        }
        error => error.to_string(),
    })
}

/// One address, as a `mailto:` can have it without escapes (RFC 6068 section 2).
fn email(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@.!#$*+-_~".contains(&byte);
    let parts: Vec<&str> = text.split('@').collect();
    match parts[..] {
        [who, host] if !who.is_empty() && !host.is_empty() && text.bytes().all(is_plain) => {
            Ok(text.to_owned())
        }
        _ => Err("give an address such as admin@example.com".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_one_address() {
        assert_eq!(
            email("a.b+c@example.com").as_deref(),
            Ok("a.b+c@example.com")
        );
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a@b,c@d",
            "a@b?cc=c",
            "mailto:a@b",
            "a @b",
        ] {
            assert!(email(text).is_err(), "{text:?}");
        }
    }
}

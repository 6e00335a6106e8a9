//! The options of TLS.

use crate::acme::Acme;
use crate::data_folder::local_authority;
use crate::failure::Failure;
use crate::numbers;
use clap::{ArgGroup, Args};
use std::path::PathBuf;
use wasm_host_server::{CertificateFiles, CertificateSource, TlsOptions};

/// How HTTPS is served.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("tls").args(["tls_cert", "tls_local", "tls_acme"]))]
pub(super) struct Tls {
    /// Certificate to serve HTTPS with, in PEM, with those that it was issued by after
    /// it; repeatable: a client is shown the one for the name it asks for, or else the
    /// first. Read anew on SIGHUP, and with --watch [default: HTTP].
    #[arg(long, value_name = "FILE")]
    tls_cert: Vec<PathBuf>,

    /// Private key of the certificate, in PEM; one for each, in the same order
    /// [default: it is in the certificate's file].
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Vec<PathBuf>,

    /// File with the password of an encrypted key; one for all, or one for each in the
    /// same order [default: keys aren't encrypted].
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_password_file: Vec<PathBuf>,

    /// Serve HTTPS on a developer's machine with nothing else to do: an authority of
    /// this machine's own, kept in $XDG_DATA_HOME/wasm-host or ~/.local/share/wasm-host,
    /// makes a certificate for each local name: localhost and *.localhost, *.test,
    /// 127.0.0.1. `wasm-host trust` has browsers accept it [default: HTTP].
    #[arg(long, conflicts_with = "tls_cert")]
    tls_local: bool,

    #[command(flatten)]
    acme: Acme,

    /// Port that sends each request on to the same place by HTTPS, such as 80; 0 picks a
    /// free one. On the same address, and answered within the same limits [default:
    /// none].
    #[arg(long, value_name = "PORT", value_parser = numbers::port, requires = "tls")]
    http_redirect: Option<u16>,
}

impl Tls {
    /// None if HTTP is served.
    ///
    /// # Errors
    ///
    /// It isn't clear which key is which certificate's, or where to keep what is obtained.
    pub(super) fn options(&self, becomes_another: bool) -> Result<Option<TlsOptions>, Failure> {
        let source = if let Some(acme) = self.acme.options(becomes_another)? {
            CertificateSource::Acme(acme)
        } else if self.tls_local {
            CertificateSource::Local(local_authority()?)
        } else if self.tls_cert.is_empty() {
            return Ok(None);
        } else {
            CertificateSource::Files(self.files()?)
        };
        let mut options = TlsOptions::new(source);
        options.redirect_from = self.http_redirect;
        Ok(Some(options))
    }

    /// Says how clients come to accept what isn't signed by anybody they know.
    pub(super) fn announce(&self) {
        if let (true, Ok(authority)) = (self.tls_local, local_authority()) {
            tracing::info!(
                "browsers accept this after `wasm-host trust`, and others with {:?}, as in `curl --cacert`",
                authority.certificate()
            );
        }
    }

    fn files(&self) -> Result<Vec<CertificateFiles>, Failure> {
        let count = self.tls_cert.len();
        let wrong = |option, given| Failure::Unpaired {
            option,
            given,
            count,
        };
        let keys = self.tls_key.len();
        if keys != 0 && keys != count {
            return Err(wrong("tls-key", keys));
        }
        let passwords = self.tls_password_file.len();
        if passwords > 1 && passwords != count {
            return Err(wrong("tls-password-file", passwords));
        }
        let files = self.tls_cert.iter().enumerate();
        let files = files.map(|(index, certificate)| CertificateFiles {
            certificate: certificate.clone(),
            key: self.tls_key.get(index).cloned(),
            // One is for all.
            password: self
                .tls_password_file
                .get(index % passwords.max(1))
                .cloned(),
        });
        Ok(files.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches;

    fn files(args: &[&str]) -> Result<Vec<CertificateFiles>, Failure> {
        let command = Tls::augment_args(clap::Command::new("serve"));
        let matches = command.get_matches_from([&["serve"], args].concat());
        Tls::from_arg_matches(&matches).unwrap().files()
    }

    #[test]
    fn keys_and_passwords_are_those_of_the_certificates_in_their_order() {
        let both = ["--tls-cert=a", "--tls-cert=b", "--tls-key=c", "--tls-key=d"];
        let found = files(&[&both[..], &["--tls-password-file=p"]].concat()).unwrap();
        let file = |certificate: &str, key: &str| CertificateFiles {
            certificate: certificate.into(),
            key: Some(key.into()),
            password: Some("p".into()),
        };
        assert_eq!(found, [file("a", "c"), file("b", "d")]);
        let alone = files(&["--tls-cert=a"]).unwrap();
        assert_eq!((&alone[0].key, &alone[0].password), (&None, &None));
    }

    #[test]
    fn a_key_that_is_nobodys_is_a_mistake() {
        for args in [
            &["--tls-cert=a", "--tls-key=c", "--tls-key=d"][..],
            &["--tls-cert=a", "--tls-cert=b", "--tls-key=c"],
        ] {
            let message = files(args).unwrap_err().to_string();
            assert!(message.contains("--tls-key"), "{message}");
        }
        let passwords = ["p", "q"].map(|it| format!("--tls-password-file={it}"));
        let args = ["--tls-cert=a", &passwords[0], &passwords[1]];
        let message = files(&args).unwrap_err().to_string();
        assert!(message.contains("--tls-password-file"), "{message}");
    }
}

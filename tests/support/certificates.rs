//! Certificates for tests, from an authority of their own.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, SignatureAlgorithm,
};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

/// An authority, and a folder for what it issues.
pub(crate) struct Certificates {
    folder: TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

/// The files of a certificate and its key.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Pair {
    /// The options that have a server show it.
    pub(crate) fn args(&self) -> [String; 2] {
        [
            format!("--tls-cert={}", self.certificate.display()),
            format!("--tls-key={}", self.key.display()),
        ]
    }
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).expect("no names are no wrong ones");
        // Else it has the name of whom it issues to, which then look as if self-signed.
        params
            .distinguished_name
            .push(DnType::CommonName, "Authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(params, key).expect("it signs itself");
        let folder = TempDir::new().expect("a temporary directory");
        fs::write(folder.path().join("ca.pem"), authority.pem()).expect("a new file");
        Self { folder, authority }
    }

    /// Where the files are, which outlive the authority.
    pub(crate) fn into_folder(self) -> TempDir {
        self.folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What clients are to trust.
    pub(crate) fn authority(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// A certificate for those names, valid today, in files named after `name`.
    pub(crate) fn issue(&self, name: &str, names: &[&str]) -> Pair {
        self.issue_valid(name, names, -1, 60)
    }

    /// The same, valid for the days from now between these.
    pub(crate) fn issue_valid(&self, name: &str, names: &[&str], from: i64, to: i64) -> Pair {
        self.issue_with(name, names, [from, to], &PKCS_ECDSA_P256_SHA256)
    }

    /// The same, with that kind of key.
    pub(crate) fn issue_with(
        &self,
        name: &str,
        names: &[&str],
        days: [i64; 2],
        algorithm: &'static SignatureAlgorithm,
    ) -> Pair {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names of hosts");
        let now = OffsetDateTime::now_utc();
        let [from, to] = days.map(|days| now + Duration::days(days));
        (params.not_before, params.not_after) = (from, to);
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let certificate = params.signed_by(&key, &self.authority);
        let certificate = certificate.expect("the authority signs").pem();
        let pair = Pair {
            certificate: self.path(&format!("{name}.pem")),
            key: self.path(&format!("{name}.key")),
        };
        fs::write(&pair.certificate, certificate).expect("a new file");
        fs::write(&pair.key, key.serialize_pem()).expect("a new file");
        let for_its_user = Permissions::from_mode(0o600);
        fs::set_permissions(&pair.key, for_its_user).expect("it is ours");
        pair
    }

    /// Another file with those contents.
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, contents).expect("a new file");
        path
    }

    /// One file with the contents of those, one after the other.
    pub(crate) fn joined(&self, name: &str, files: &[&Path]) -> PathBuf {
        let contents = files
            .iter()
            .flat_map(|file| fs::read(file).expect("a file"));
        self.file(name, contents.collect::<Vec<_>>())
    }
}

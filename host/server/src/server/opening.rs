//! What a builder opens before its server is locked down: sockets, certificates, what is
//! granted, and what starts scripts.

use super::HttpServerBuilder;
use super::machinery::start_compiler;
use crate::component::{self, Compiler, ComponentSource};
use crate::error::Error;
use crate::grants::{Granted, Replaceable};
use crate::listener::{self, BoundSockets, ListenAddress, ListenOn};
use crate::tls::{self, Tls};
use crate::uploads::{Protected, Uploads};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wasm_host_process::{ScriptRules, Scripts};

impl HttpServerBuilder {
    /// Takes the addresses and the port.
    pub(super) fn bind_sockets(&self) -> Result<BoundSockets, Error> {
        let sockets = listener::bind(&self.listen, self.port, self.threads, &self.socket_keeper)?;
        let by_tcp = sockets.addresses().find_map(ListenAddress::tcp);
        match (&self.proxies, by_tcp) {
            (Some(proxies), Some(address)) if proxies.trusted.is_empty() => {
                Err(Error::NoTrustedProxy { address })
            }
            _ => Ok(sockets),
        }
    }

    /// Takes the port from which clients are sent on to HTTPS, on all addresses.
    pub(super) fn bind_redirect(&self) -> Result<Option<BoundSockets>, Error> {
        let Some(port) = self.tls.as_ref().and_then(|tls| tls.redirect_from) else {
            return Ok(None);
        };
        let is_tcp = |place: &&ListenOn| matches!(place, ListenOn::Tcp(_));
        let places: Vec<_> = self.listen.iter().filter(is_tcp).cloned().collect();
        // Else it would be on all interfaces, which nobody has asked for.
        if places.is_empty() && !self.listen.is_empty() {
            return Err(Error::NothingToRedirectFrom);
        }
        listener::bind(&places, port, 1, &[]).map(Some)
    }

    /// Reads the certificates.
    pub(super) fn open_tls(&self) -> Result<Option<Arc<Tls>>, Error> {
        let Some(options) = &self.tls else {
            return Ok(None);
        };
        Ok(Some(Arc::new(Tls::open(
            options,
            &[tls::HTTP_2, tls::HTTP_1_1],
        )?)))
    }

    /// From which files the certificates are read.
    pub(super) fn certificate_files(&self) -> Vec<PathBuf> {
        let options = self.tls.as_ref();
        options.map_or_else(Vec::new, |options| options.certificates.files())
    }

    pub(super) fn become_user(&self) -> Result<(), Error> {
        let Some(user) = &self.user else {
            return Ok(());
        };
        user.become_it().map_err(|source| Error::User {
            user: user.to_string(),
            source,
        })
    }

    pub(super) fn granted(&self) -> Result<Granted, Error> {
        let granted = Granted::open(
            &self.directory,
            &self.grants,
            self.component.program(),
            &self.replaceable(),
            self.follows(),
        );
        Ok(granted?)
    }

    /// Whether what takes the served directory's place is to be served. Scripts are
    /// looked up where they were at the start, and so is what is none; and what is
    /// uploaded is left there.
    pub(super) fn follows(&self) -> bool {
        self.follow && self.cgi.is_none() && self.uploads.is_none()
    }

    /// What this server runs outside of a sandbox.
    fn replaceable(&self) -> Vec<Replaceable> {
        let cache = component::cache_directory().map(|path| Replaceable {
            path,
            what: "the cache of compiled components",
        });
        let directories = self.cgi.iter().flat_map(|cgi| &cgi.directories);
        let scripts = directories.map(|directory| Replaceable {
            path: self.directory.join(directory),
            what: "a directory of scripts",
        });
        let trusted = match &self.component {
            ComponentSource::Trusted(path) => Some(Replaceable {
                path: path.clone(),
                what: "its own machine code",
            }),
            ComponentSource::Embedded | ComponentSource::File(_) | ComponentSource::Compiled(_) => {
                None
            }
        };
        cache.into_iter().chain(scripts).chain(trusted).collect()
    }

    /// Starts what compiles components, unless nothing is served but what is compiled
    /// already, or the embedded one.
    pub(super) fn compiler_of_others(&self) -> Compiler {
        let is_compiled = matches!(
            self.component,
            ComponentSource::Embedded | ComponentSource::Compiled(_)
        );
        if is_compiled && self.cgi.is_none() || self.compiler.is_empty() {
            return Compiler::new(None, &self.limits);
        }
        start_compiler(&self.compiler, &self.limits)
    }

    /// Opens where clients leave files: apart from what this server runs, and from the
    /// files that it reads anew.
    pub(super) fn open_uploads(&self) -> Result<Option<Arc<Uploads>>, Error> {
        let Some(options) = self.uploads else {
            return Ok(None);
        };
        let scripts = self.cgi.as_ref().map(|cgi| cgi.directories.clone());
        let replaceable = self.replaceable().into_iter().map(|one| one.path);
        let component = self.component.file().map(Path::to_owned);
        let protected = Protected {
            scripts: scripts.unwrap_or_default(),
            paths: replaceable
                .chain(component)
                .chain(self.certificate_files())
                .collect(),
        };
        let uploads = Uploads::open(&self.directory, options, protected)?;
        Ok(Some(Arc::new(uploads)))
    }

    /// Starts what starts scripts.
    pub(super) fn scripts(&self) -> Result<Option<Scripts>, Error> {
        let Some(cgi) = &self.cgi else {
            return Ok(None);
        };
        let rules = ScriptRules {
            directories: cgi.directories.clone(),
            timeout: cgi.timeout,
            max_running: cgi.max_running,
            queue_timeout: self.limits.queue_timeout,
            environment: cgi.environment.clone(),
            bounds: cgi.bounds,
            users: cgi.users,
            spawner: cgi.spawner.clone(),
        };
        let scripts = Scripts::open(&self.directory, rules);
        scripts
            .map(Some)
            .map_err(|error| Error::Cgi(error.to_string()))
    }
}

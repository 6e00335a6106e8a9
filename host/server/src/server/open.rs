//! A server that has opened what it needs, and hasn't loaded its component yet.

use super::opened::Opened;
use super::{HttpServer, HttpServerBuilder};
use crate::error::Error;
use crate::listener::ListenAddress;
use crate::lockdown::{KeptPath, lock_down};
use crate::sites::Sites;
use std::sync::Arc;
use wasm_host_process::Scripts;

/// A server that has its address and port, and what is granted open, and hasn't
/// loaded its component yet: from [`HttpServerBuilder::open`].
///
/// This is when a process can give up what it doesn't need any more, before any code
/// of others is read.
///
/// ```no_run
/// let server = wasm_host_server::ThreadingHttpServer::builder()
///     .directory("site")
///     .follow(false)
///     .open()?;
/// server.lock_down(&[])?;
/// server.load()?.serve_forever()?;
/// # Ok::<(), wasm_host_server::Error>(())
/// ```
pub struct OpenServer {
    builder: HttpServerBuilder,
    opened: Opened,
}

impl HttpServerBuilder {
    /// [`open`](Self::open), and [`OpenServer::load`].
    ///
    /// # Errors
    ///
    /// One of these can't be done; see [`Error`].
    pub fn build(self) -> Result<HttpServer, Error> {
        self.open()?.load()
    }

    /// Reads the certificates, takes the address and port, becomes another user if one is given, opens the
    /// directory and what else is granted, and starts what will start scripts and what will
    /// compile components. This is all for which a process may need to be
    /// root, or to use more of the system than a handler will. No thread is started.
    ///
    /// # Errors
    ///
    /// One of these can't be done; see [`Error`].
    pub fn open(self) -> Result<OpenServer, Error> {
        self.check()?;
        self.check_secrets()?;
        let tls = self.open_tls()?;
        if let Some(tls) = &tls {
            tls.prepare(self.user.as_ref())?;
        }
        let sockets = self.bind_sockets()?;
        let redirect = self.bind_redirect()?;
        self.become_user()?;
        self.warn_of_unreadable();
        let granted = self.granted()?;
        let scripts = self.scripts()?;
        let uploads = self.open_uploads()?;
        if let Some(tls) = &tls {
            tls.start()?;
        }
        let compiler = self.compiler_of_others();
        Ok(OpenServer {
            builder: self,
            opened: Opened {
                sockets,
                redirect,
                granted,
                scripts,
                uploads,
                tls,
                compiler,
            },
        })
    }
}

impl OpenServer {
    /// Has the whole process give up, for ever, what this server doesn't need, and what
    /// isn't in `besides`: other files than those that it serves and was granted,
    /// programs, sockets but those that it accepts, signals to other processes, and most
    /// of what the kernel offers. Linux only, by Landlock and seccomp; what the kernel
    /// doesn't have is logged as a warning, and the rest holds.
    ///
    /// Call it on the process's first thread, before others are started: those that run
    /// already aren't held by Landlock before Linux 7.0. All that the program opens
    /// later is to be in `besides`; of the server's own, nothing has to be. `/`, and the
    /// directories that the user's home is or is in, are never within reach for that.
    ///
    /// Two servers in a process can't both be locked down: the second one would need
    /// what the first one gave up.
    ///
    /// # Errors
    ///
    /// This process starts scripts itself, as [`CgiOptions::spawner`](crate::CgiOptions)
    /// isn't given, or couldn't be started. Nothing is given up then.
    pub fn lock_down(&self, besides: &[KeptPath]) -> Result<(), Error> {
        if cfg!(target_os = "linux")
            && self
                .opened
                .scripts
                .as_ref()
                .is_some_and(Scripts::are_started_here)
        {
            return Err(Error::StartsScripts);
        }
        if let Some(tls) = &self.opened.tls {
            tls.note_lock_down();
        }
        let needs = self.builder.needs(besides);
        lock_down(&needs).log(&needs);
        Ok(())
    }

    /// Where it listens, or will.
    pub fn addresses(&self) -> impl Iterator<Item = &ListenAddress> {
        self.opened.sockets.addresses()
    }

    /// Whether it serves HTTPS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.opened.tls.is_some()
    }

    /// [`HttpServerBuilder::sites`] for a program that can only open its sites once it is
    /// locked down, as that takes threads.
    ///
    /// # Errors
    ///
    /// Something else is served already than the embedded component alone.
    pub fn sites(mut self, sites: Arc<dyn Sites>) -> Result<Self, Error> {
        self.builder = self.builder.sites(sites);
        self.builder.check()?;
        Ok(self)
    }

    /// Loads the component, and listens.
    ///
    /// # Errors
    ///
    /// One of these can't be done; see [`Error`].
    pub fn load(self) -> Result<HttpServer, Error> {
        self.builder.load(self.opened)
    }
}

#[cfg(test)]
mod tests {
    use crate::{CgiOptions, ThreadingHttpServer};

    /// Else each script would fail, for a reason that nobody would guess.
    #[cfg(target_os = "linux")]
    #[test]
    fn who_starts_scripts_itself_is_not_locked_down() {
        let site = tempfile::tempdir().unwrap();
        let server = ThreadingHttpServer::builder()
            .bind("127.0.0.1")
            .port(0)
            .directory(site.path())
            .cgi(CgiOptions::default());
        let refused = server.open().unwrap().lock_down(&[]).unwrap_err();
        assert!(
            refused.to_string().contains("no other process"),
            "{refused}"
        );
        // It has given nothing up.
        assert!(std::fs::read_dir("/").is_ok());
    }
}

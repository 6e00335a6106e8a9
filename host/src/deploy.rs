//! `wasm-host deploy`.

use crate::deploy_progress::Bar;
use crate::failure::Failure;
use crate::preview_server::PreviewServer;
use clap::Args;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use wasm_host_preview::client::{self, Lines, Order, Outcome, Progress, Silent};
use wasm_host_preview::names::AliasName;

/// Deploy a folder as a preview, at a URL of its own.
///
/// What comes first of what is printed is the URL at which these very bytes stay; then
/// the alias's. What .wasmhostignore names, in gitignore's syntax, is left out, and so
/// are .git and what looks like a secret.
#[derive(Debug, Args)]
pub(super) struct Deploy {
    /// Folder of the site, as it is to be served.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,

    /// Name that leads to this deploy from now on: a-z, 0-9 and hyphens, such as pr-42
    /// [default: none].
    #[arg(long, value_name = "NAME")]
    alias: Option<AliasName>,

    /// Project that it belongs to, whose aliases are its own [default: the folder's
    /// name, or if that is dist, build, public or the like, that of the folder around
    /// it].
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// How long the deploy is kept since it was made or last visited, while no alias
    /// leads to it, such as 12h, 7d or 4w [default: 30d].
    #[arg(long, value_name = "TIME", value_parser = client::duration)]
    ttl: Option<Duration>,

    /// Password that visitors have to give, as the user preview. It is sent as a hash;
    /// other users of this machine may see what is typed here [default: everybody who has
    /// the URL may see it].
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,

    /// File whose first line is that password.
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,

    /// What this deploy is, for lists.
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// Check all of it, and deploy nothing.
    #[arg(long)]
    dry_run: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,

    /// Print the URL as a QR code, too.
    #[arg(long, conflicts_with = "json")]
    qr: bool,

    /// Open the URL in a browser.
    #[arg(long)]
    open: bool,

    /// Don't say how far it is.
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten, next_help_heading = "Server")]
    server: PreviewServer,
}

impl Deploy {
    pub(super) fn run(self) -> Result<(), Failure> {
        let order = Order {
            project: client::project(self.project.as_deref(), &self.folder)?,
            folder: self.folder.clone(),
            alias: self.alias.clone(),
            ttl: self.ttl,
            password: self.password()?,
            message: self.message.clone(),
            dry_run: self.dry_run,
        };
        let progress = self.progress();
        let outcome = self
            .server
            .ask(async |server| client::deploy(server, &order, &progress).await)?;
        self.show(&outcome)
    }

    fn password(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.password_file else {
            return Ok(self.password.clone());
        };
        let text = std::fs::read_to_string(path).map_err(|source| Failure::PasswordFile {
            path: path.clone(),
            source,
        })?;
        Ok(text.lines().next().map(str::to_owned))
    }

    fn progress(&self) -> Arc<dyn Progress> {
        if self.quiet {
            Arc::new(Silent)
        } else if io::stderr().is_terminal() {
            Arc::new(Bar::default())
        } else {
            Arc::new(Lines::new(io::stderr()))
        }
    }

    fn show(&self, outcome: &Outcome) -> Result<(), Failure> {
        let mut text = match self.json {
            true => outcome.json()? + "\n",
            false => outcome.text(),
        };
        let url = outcome.url();
        if let (true, Some(picture)) = (self.qr, url.and_then(client::qr)) {
            text += &picture;
            text.push('\n');
        }
        let mut stdout = io::stdout().lock();
        let shown = stdout.write_all(text.as_bytes());
        shown
            .and_then(|()| stdout.flush())
            .map_err(Failure::Output)?;
        if let (true, Some(url)) = (self.open, url) {
            client::open(url)?;
        }
        Ok(())
    }
}

//! `wasm-host previews`.

use crate::failure::Failure;
use crate::preview_server::PreviewServer;
use crate::secret::{self, Secret};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::io::{self, Write};
use std::time::SystemTime;
use wasm_host_preview::client::open;
use wasm_host_preview::client::previews::{self, Found, Reference, Table};
use wasm_host_preview::names::{AliasName, DeployId, ProjectName};

/// See and change what is deployed.
#[derive(Debug, Args)]
pub(super) struct Previews {
    #[command(subcommand)]
    what: What,

    #[command(flatten)]
    with: With,
}

#[derive(Debug, Args)]
struct With {
    /// Project whose deploys and aliases are meant [default: all].
    #[arg(long, value_name = "NAME", global = true)]
    project: Option<ProjectName>,

    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,

    #[command(flatten, next_help_heading = "Server")]
    server: PreviewServer,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List deploys, the newest first.
    List,
    /// List aliases.
    Aliases,
    /// Show a deploy with its files, or an alias with its history.
    Show {
        /// Id, alias, or the URL of one.
        #[arg(value_name = "PREVIEW")]
        reference: Reference,
    },
    /// Open a deploy or an alias in a browser.
    Open {
        /// Id, alias, or the URL of one.
        #[arg(value_name = "PREVIEW")]
        reference: Reference,
    },
    /// Show what happened lately on the sites of a deploy: its requests, and what was
    /// wrong.
    Logs {
        /// Id, alias, or the URL of one.
        #[arg(value_name = "PREVIEW")]
        reference: Reference,
        /// Go on with what happens.
        #[arg(short, long)]
        follow: bool,
    },
    /// Have an alias lead to another deploy of its project.
    Alias {
        /// The alias, which needn't be there yet.
        #[arg(value_name = "ALIAS")]
        alias: AliasName,
        /// Id of the deploy.
        #[arg(value_name = "ID")]
        deploy: DeployId,
        /// Why, for the alias's history.
        #[arg(short, long, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Have an alias lead where it led before.
    Rollback {
        /// The alias, or its URL.
        #[arg(value_name = "ALIAS")]
        reference: Reference,
    },
    /// Remove a deploy with its files, or an alias, whose deploy stays; or with
    /// --project alone, a project with all that it has.
    Rm {
        /// Id, alias, or the URL of one.
        #[arg(value_name = "PREVIEW", required_unless_present = "project")]
        reference: Option<Reference>,
    },
    /// Set and remove what sites' code needs to be known to others, and nobody else reads.
    #[command(subcommand)]
    Secret(Secret),
    /// Remove what has expired and what nobody needs, now rather than within the hour.
    Gc,
}

impl Previews {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { what, with } = self;
        let project = with.project.as_ref();
        let ask = &with.server;
        match what {
            What::List => with.show(&ask.ask(async |s| previews::list(s, project).await)?),
            What::Aliases => with.show(&ask.ask(async |s| previews::aliases(s, project).await)?),
            What::Gc => with.show(&ask.ask(async |s| previews::collect(s).await)?),
            What::Show { reference } => match with.find(&reference)? {
                Found::Deploy(id) => with.show(&ask.ask(async |s| previews::show(s, id).await)?),
                Found::Alias(alias) => {
                    with.show(&ask.ask(async |s| previews::history(s, &alias).await)?)
                }
            },
            What::Open { reference } => match with.find(&reference)? {
                Found::Deploy(id) => {
                    let shown = ask.ask(async |s| previews::show(s, id).await)?;
                    Ok(open(&shown.deploy.url)?)
                }
                Found::Alias(alias) => Ok(open(&alias.url)?),
            },
            What::Logs { reference, follow } => {
                let deploy = match with.find(&reference)? {
                    Found::Deploy(id) => id,
                    Found::Alias(alias) => alias.deploy,
                };
                ask.ask(async |s| previews::logs(s, deploy, follow, say).await)
            }
            What::Alias {
                alias,
                deploy,
                message,
            } => {
                let moved = ask.ask(async |s| {
                    let project = match project {
                        Some(project) => project.clone(),
                        None => previews::show(s, deploy).await?.deploy.project,
                    };
                    previews::move_alias(s, &project, &alias, deploy, message).await
                })?;
                with.show(&moved)
            }
            What::Rollback { reference } => match with.find(&reference)? {
                Found::Alias(alias) => {
                    with.show(&ask.ask(async |s| previews::rollback(s, &alias).await)?)
                }
                Found::Deploy(id) => Err(Failure::Preview(format!(
                    "{id} is a deploy, which never changes; give an alias"
                ))),
            },
            What::Secret(Secret::Set {
                project,
                name,
                hosts,
            }) => {
                let new = secret::read(&name, &hosts)?;
                with.show(&ask.ask(async |s| previews::set_secret(s, &project, &name, &new).await)?)
            }
            What::Secret(Secret::List { project }) => {
                with.show(&ask.ask(async |s| previews::secrets(s, &project).await)?)
            }
            What::Secret(Secret::Rm { project, name }) => {
                with.show(&ask.ask(async |s| previews::remove_secret(s, &project, &name).await)?)
            }
            What::Rm { reference } => {
                let removed = match (reference, project) {
                    (Some(reference), _) => {
                        let found = with.find(&reference)?;
                        ask.ask(async |s| previews::remove(s, &found).await)?
                    }
                    (None, Some(project)) => {
                        ask.ask(async |s| previews::remove_project(s, project).await)?
                    }
                    (None, None) => return Ok(()),
                };
                with.show(&removed)
            }
        }
    }
}

/// A line of a log. Whoever reads no more is left by the next.
fn say(line: &str) {
    if writeln!(io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}

impl With {
    fn find(&self, reference: &Reference) -> Result<Found, Failure> {
        let project = self.project.as_ref();
        self.server
            .ask(async |server| reference.find(server, project).await)
    }

    fn show(&self, what: &(impl Table + Serialize)) -> Result<(), Failure> {
        let text = if self.json {
            let json = serde_json::to_string_pretty(what);
            json.map_err(|error| Failure::Output(error.into()))? + "\n"
        } else {
            what.table(SystemTime::now())
        };
        let mut stdout = io::stdout().lock();
        let shown = stdout.write_all(text.as_bytes());
        shown.and_then(|()| stdout.flush()).map_err(Failure::Output)
    }
}

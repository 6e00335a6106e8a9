//! `wasm-host new`.

mod language;
mod name;
mod project;

use clap::{Args, ValueEnum};
use language::Language;
use project::Project;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Write a project for a handler of your own, and say how to build it.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The project's name, and the folder's that is made for it here.
    #[arg(value_parser = name::package)]
    name: String,

    /// Language to write it in.
    #[arg(long, value_enum, value_name = "LANG", default_value_t = Language::Rust)]
    lang: Language,

    /// What it is made for [default: handler for rust, proxy for the others].
    #[arg(long, value_enum, value_name = "WORLD")]
    world: Option<MadeFor>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MadeFor {
    /// wasm-host:http/handler: http.server's API, the fastest.
    Handler,
    /// wasi:http/proxy: runs under wasmtime, Spin and wasmCloud, too.
    Proxy,
}

/// Why a project wasn't written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    #[error(
        "a project in {language} can't be called {name}, which means something else there; give another name"
    )]
    Name {
        name: String,
        language: &'static str,
    },
    #[error("{} exists already; give another name, or remove it", .0.display())]
    Exists(PathBuf),
    #[error("cannot write {}: {source}; run this in a directory that you may write to", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "there is no SDK for the world wasm-host:http/handler in this language; leave out --world, or give --world proxy"
    )]
    NoSdk,
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl New {
    pub(super) fn run(self) -> Result<(), ProjectError> {
        let project = self.project()?;
        write(&project, Path::new(&self.name))?;
        let text = format!(
            "Created {}, {}. Next:\n\n  {}\n",
            self.name,
            project.description,
            project.commands.join("\n  ")
        );
        io::stdout()
            .write_all(text.as_bytes())
            .map_err(ProjectError::Output)
    }

    fn project(&self) -> Result<Project, ProjectError> {
        let name = &self.name;
        if !name::is_free(name, self.lang) {
            return Err(ProjectError::Name {
                name: name.clone(),
                language: self.lang.name(),
            });
        }
        match (self.lang, self.world) {
            (Language::Rust, None | Some(MadeFor::Handler)) => Ok(project::rust(name, false)),
            (Language::Rust, Some(MadeFor::Proxy)) => Ok(project::rust(name, true)),
            (_, Some(MadeFor::Handler)) => Err(ProjectError::NoSdk),
            (Language::Js, _) => Ok(project::javascript(name)),
            (Language::Python, _) => Ok(project::python(name)),
        }
    }
}

fn write(project: &Project, folder: &Path) -> Result<(), ProjectError> {
    fs::create_dir(folder).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => ProjectError::Exists(folder.to_owned()),
        _ => failed(folder, source),
    })?;
    for (name, contents) in &project.files {
        let path = folder.join(name);
        let directory = path.parent().unwrap_or(folder);
        fs::create_dir_all(directory).map_err(|source| failed(directory, source))?;
        fs::write(&path, contents.as_bytes()).map_err(|source| failed(&path, source))?;
    }
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> ProjectError {
    ProjectError::Write {
        path: path.to_owned(),
        source,
    }
}

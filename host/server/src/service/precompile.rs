//! Compiling ahead of time, so that a server's start compiles nothing.

use super::slot::Loaded;
use crate::component::{Binary, Compiler, ComponentSource, Purpose};
use crate::error::{Error, engine_error};
use crate::limits::Limits;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Compiles a handler's component into a file for
/// [`ComponentSource::Trusted`], with the settings of a server of these limits.
/// The file holds machine code for this machine and this version of wasm-host.
///
/// `compiler`: the command of the process that compiles, as for
/// [`HttpServerBuilder::compiler`](crate::HttpServerBuilder::compiler). Empty: this one
/// does, and no limit holds it.
///
/// # Errors
///
/// The component isn't one that can be served, or the file can't be written. A
/// file that was there before is then as it was.
pub fn precompile(
    component: &Path,
    output: &Path,
    limits: &Limits,
    compiler: &[OsString],
) -> Result<(), Error> {
    if is_same_file(component, output) {
        return Err(Error::OverwritesComponent {
            path: output.to_owned(),
        });
    }
    let failed = |source| Error::WriteCompiled {
        path: output.to_owned(),
        source,
    };
    let destination = destination(output).map_err(failed)?;
    let compiler = Compiler::starting_workers(compiler, limits);
    let compiled = compile(
        &ComponentSource::File(component.to_owned()),
        limits,
        &compiler,
    )?;
    replace(&destination, &compiled).map_err(failed)
}

/// Where a link leads: what is put in the place of the link itself isn't seen by
/// those who follow another to the same file. A device or a pipe is nothing to be
/// replaced at all.
fn destination(output: &Path) -> io::Result<PathBuf> {
    match fs::metadata(output) {
        Ok(found) if found.is_file() => fs::canonicalize(output),
        Ok(_) => Err(io::Error::other("it is there, and is no file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(output.to_owned()),
        Err(error) => Err(error),
    }
}

/// What is compiled is what can be served: it is linked, too.
fn compile(
    source: &ComponentSource,
    limits: &Limits,
    compiler: &Compiler,
) -> Result<Vec<u8>, Error> {
    let binary = Binary::read(source, Purpose::Once, compiler).map_err(|error| match error {
        Error::UntrustedCode { component } => Error::CompiledAlready { component },
        error => error,
    })?;
    let engine = binary.engine(limits, 0, compiler)?;
    let compiled = binary.compile(&engine, compiler)?;
    Loaded::link(&engine, &compiled)?;
    let serialized = compiled.component.serialize();
    serialized.map_err(|error| engine_error(&error))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Writes a file beside `path`, and then puts it in its place: a server that
/// starts at that moment finds the old one or the new one, whole.
fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let temporary = beside(path)?;
    let written = write_new(&temporary, contents).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("it has no file name"))?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    // A file that is there already is somebody else's.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

//! The process that compiles components of strangers, and those in which it has that
//! done: what a program does that was started as
//! [`HttpServerBuilder::compiler`](crate::HttpServerBuilder::compiler) says.

use crate::component::{Job, Purpose, make};
use crate::inspect::{INSPECTION, make_inspection};
use crate::lockdown::{Needs, lock_down};
use crate::scripts::make_script;
use std::fs::File;
use std::io::{self, Write};
use wasm_host_process::run_workshop;

/// Runs this process as one that compiles components, or has them compiled: what a
/// program does that was started by the command of
/// [`HttpServerBuilder::compiler`](crate::HttpServerBuilder::compiler). That command is
/// followed by arguments for this function, which takes them from
/// [`std::env::args_os`]. Returns when its server is gone, or the component compiled.
///
/// # Errors
///
/// It wasn't started by a server, the system refuses what it needs, or the component
/// can't be compiled.
pub fn run_compiler() -> io::Result<()> {
    run_workshop(confine, work)
}

/// Gives up all files, programs, sockets and other processes. What the kernel lacks, the
/// server says of itself.
fn confine() {
    let _ = lock_down(&Needs::default());
}

fn work(job: &str, bytes: Vec<u8>, answer: &mut File) -> io::Result<()> {
    let mut said = Vec::new();
    if job == INSPECTION {
        make_inspection(bytes, &mut said)?;
        return answer.write_all(&said);
    }
    let job = Job::parse(job).ok_or(io::ErrorKind::InvalidInput)?;
    match job.purpose {
        Purpose::Renewed | Purpose::Once => make(job, bytes, answer),
        Purpose::Script => make_script(job, bytes, answer),
    }
}

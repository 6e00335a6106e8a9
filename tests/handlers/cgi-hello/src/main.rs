//! A CGI script: what it does is the path after its name.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::process::{Command, exit};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How often this instance has run.
static RUNS: AtomicU32 = AtomicU32::new(0);

fn main() -> io::Result<()> {
    let action = std::env::var("PATH_INFO").unwrap_or_default();
    match action.as_str() {
        "/silent" => return Ok(()),
        "/loop" => spin(),
        "/sleep" => sleep(),
        "/allocate" => allocate(),
        "/trap" => panic!("on purpose"),
        _ => print!("Content-Type: text/plain\n\n"),
    }
    match action.as_str() {
        "/variables" => print_variables(),
        "/arguments" => println!("{}", std::env::args_os().count()),
        "/echo" => copy_input()?,
        "/lines" => print_lines()?,
        "/write-first" => write_first()?,
        "/reach" => print!("{}", reach()),
        "/runs" => println!("{}", RUNS.fetch_add(1, Ordering::Relaxed)),
        "/stderr" => eprintln!("one\ntwo\x1b[31m"),
        "/exit" => exit(77),
        "/loop-midway" => {
            println!("first");
            io::stdout().flush()?;
            spin()
        }
        _ => println!("hello"),
    }
    io::stdout().flush()
}

fn spin() -> ! {
    loop {
        black_box(());
    }
}

fn sleep() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(60 * 60));
    }
}

fn allocate() -> ! {
    let mut blocks = Vec::new();
    loop {
        blocks.push(vec![1_u8; 1024 * 1024]);
        black_box(&blocks);
    }
}

fn print_variables() {
    for (name, value) in std::env::vars() {
        print!("{name}={value}\0");
    }
}

fn copy_input() -> io::Result<()> {
    io::copy(&mut io::stdin().lock(), &mut io::stdout().lock())?;
    Ok(())
}

/// A line for each byte of the input, as it comes.
fn print_lines() -> io::Result<()> {
    println!("ready");
    io::stdout().flush()?;
    let mut byte = [0];
    while io::stdin().lock().read(&mut byte)? > 0 {
        println!("{}", char::from(byte[0]));
        io::stdout().flush()?;
    }
    Ok(())
}

/// 10 MB, before the input is looked at.
fn write_first() -> io::Result<()> {
    let block = [b'x'; 64 * 1024];
    for _ in 0..160 {
        io::stdout().write_all(&block)?;
    }
    let length = io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    println!("{length}");
    Ok(())
}

/// Attempts to reach what wasn't granted: a line for each, `done` or `refused`.
fn reach() -> String {
    let mut report = String::new();
    let mut note = |attempt: &str, done: bool| {
        let outcome = if done { "done" } else { "refused" };
        // Writing to a String can't fail.
        let _ = writeln!(report, "{attempt}: {outcome}");
    };
    let own = std::env::var("SCRIPT_FILENAME").unwrap_or_default();
    for path in [
        own.as_str(),
        ".",
        "/",
        "..",
        "/etc/passwd",
        "cgi-hello.wasm",
        "/dev/null",
    ] {
        note(&format!("open {path}"), File::open(path).is_ok());
        note(&format!("list {path}"), fs::read_dir(path).is_ok());
        note(&format!("stat {path}"), fs::metadata(path).is_ok());
    }
    note("create", File::create("/tmp/x").is_ok());
    note("connect", TcpStream::connect("127.0.0.1:80").is_ok());
    note("listen", TcpListener::bind("127.0.0.1:0").is_ok());
    note("datagrams", UdpSocket::bind("127.0.0.1:0").is_ok());
    note("resolve", "localhost:80".to_socket_addrs().is_ok());
    note("run", Command::new("/bin/true").status().is_ok());
    report
}

//! The process in which a server runs, and an attacker.

use super::attacks::{ATTACKS, Neighbour};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::io::{BufRead, Write, stdin, stdout};
use std::path::PathBuf;
use wasm_host_server::{ThreadingHttpServer, UploadOptions};

/// How this process is told what to be: the first argument.
pub(crate) const INSIDE: &str = "--inside";

/// What there is around a server.
pub(crate) struct Scene {
    /// `root/`, which is served, and what lies beside it.
    pub(crate) folder: PathBuf,
    pub(crate) wall: Wall,
    /// The process that started this one, and where it listens.
    pub(crate) neighbour: Neighbour,
}

/// Whether there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wall {
    /// And a directory that takes the served one's place isn't served.
    Strict,
    /// And it is.
    Following,
    /// And clients may leave files.
    Uploading,
    /// As far as a kernel without Landlock has it.
    Older,
    None,
}

impl Wall {
    pub(crate) const ALL: [(&str, Self); 5] = [
        ("strict", Self::Strict),
        ("following", Self::Following),
        ("uploading", Self::Uploading),
        ("older", Self::Older),
        ("none", Self::None),
    ];
}

impl Scene {
    /// None: this process is the test.
    pub(crate) fn of_this_process() -> Option<Self> {
        let mut arguments = std::env::args().skip(1);
        if arguments.next()? != INSIDE {
            return None;
        }
        let mut next = || arguments.next().expect("the test gives all of them");
        let name = next();
        let wall = Wall::ALL.into_iter().find(|(wall, _)| *wall == name);
        Some(Self {
            wall: wall.expect("a wall's name").1,
            folder: next().into(),
            neighbour: Neighbour {
                process: next().parse().expect("a number"),
                port: next().parse().expect("a number"),
            },
        })
    }
}

/// Serves `root`, says where, and makes each attack when it is told to by a line.
pub(crate) fn run(scene: &Scene) {
    if scene.wall == Wall::Older {
        be_on_an_older_kernel();
    }
    let mut builder = ThreadingHttpServer::builder()
        .bind("127.0.0.1")
        .port(0)
        .directory(scene.folder.join("root"))
        .follow(scene.wall == Wall::Following);
    if scene.wall == Wall::Uploading {
        builder = builder.uploads(UploadOptions::default());
    }
    let opened = builder.open().expect("it can be served");
    if scene.wall != Wall::None {
        opened.lock_down(&[]).expect("there are no scripts");
    }
    let server = opened.load().expect("the embedded component");
    say(&server.server_address().to_string());
    std::thread::spawn(|| server.serve_forever());
    // A thread that began after the lock-down, as those that run handlers.
    let attacker = std::thread::scope(|scope| scope.spawn(|| attack(scene)).join());
    attacker.expect("an attack doesn't panic");
}

/// From here on this kernel has no Landlock.
fn be_on_an_older_kernel() {
    let absent = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let calls = [(libc::SYS_landlock_create_ruleset, Vec::new())].into();
    let architecture = std::env::consts::ARCH
        .try_into()
        .expect("one that it knows");
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, absent, architecture);
    let program: BpfProgram = filter.expect("a filter").try_into().expect("a program");
    seccompiler::apply_filter(&program).expect("it is applied");
}

fn attack(scene: &Scene) {
    let mut orders = stdin().lock().lines();
    for (name, attack) in ATTACKS {
        // One at a time: the test looks after each whether clients are served.
        let Some(Ok(_)) = orders.next() else { return };
        let came_of_it = match attack(scene) {
            Ok(()) => "done".to_owned(),
            Err(error) => format!("failed: {error}"),
        };
        say(&format!("{name}: {came_of_it}"));
    }
    // The test ends this process when it has looked.
    let _ = orders.next();
}

fn say(line: &str) {
    let mut stdout = stdout().lock();
    writeln!(stdout, "{line}").expect("the test reads");
    stdout.flush().expect("the test reads");
}

//! The test: a process with a wall and one without, and what comes of each attack.

use super::attacks::{ATTACKS, BESIDE};
use super::inside::{INSIDE, Wall};
use std::fs;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// What the walls answer: `EACCES` and `EPERM` by Landlock, `ENOSYS` by seccomp.
const DENIALS: [&str; 3] = ["(os error 13)", "(os error 1)", "(os error 38)"];

/// What needs no Landlock to be refused, among others, and what does.
const BY_SECCOMP: [&str; 4] = [
    "starts a program",
    "connects",
    "signals its neighbour",
    "lets all write to the root",
];
const READ: &str = "reads /etc/passwd";

/// What has to be possible where clients may leave files: neither to make a link, nor to
/// remove a directory.
const BY_UPLOADS: [&str; 4] = [
    "makes a file in the root",
    "changes a file in the root",
    "removes a file from the root",
    "makes a directory in the root",
];

/// Makes each attack behind each wall.
pub(crate) fn run() {
    for (name, wall) in Wall::ALL {
        let mut inside = Inside::new(name);
        for (attack, _) in ATTACKS {
            let came_of_it = inside.attack(attack);
            check(wall, attack, &came_of_it);
            inside.serves();
        }
        println!("test lockdown::{name} ... ok ({} attacks)", ATTACKS.len());
    }
}

fn check(wall: Wall, attack: &str, came_of_it: &str) {
    let failed = came_of_it.starts_with("failed: ");
    let got_there = match wall {
        Wall::Following if attack == BESIDE => true,
        Wall::Uploading if BY_UPLOADS.contains(&attack) => true,
        Wall::Strict | Wall::Following | Wall::Uploading => false,
        // The rest of the wall stands.
        Wall::Older if BY_SECCOMP.contains(&attack) => false,
        Wall::Older if attack == READ => true,
        Wall::Older => return,
        Wall::None => true,
    };
    let refused = DENIALS.iter().any(|error| came_of_it.contains(error));
    if got_there {
        // Some fail in the kernel, for what they ask for.
        let real = !failed || !refused || may_be_refused(attack);
        assert!(real, "{attack} proves nothing: {came_of_it}");
    } else {
        assert!(failed && refused, "behind {wall:?}, {attack}: {came_of_it}");
    }
}

/// Whether an attack may be refused where there is no wall.
fn may_be_refused(attack: &str) -> bool {
    // Where the kernel is built without these there is nothing to deny.
    let optional = [
        "makes a ring",
        "loads a kernel",
        "loads a module",
        "handles faults",
    ];
    optional.contains(&attack) || !rustix::process::geteuid().is_root()
}

/// A process with a server and an attacker.
struct Inside {
    child: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
    /// What there is around it, and to attack.
    _folder: TempDir,
    _listeners: (TcpListener, UnixListener, UnixListener),
}

impl Inside {
    fn new(wall: &str) -> Self {
        let folder = scene();
        let root = folder.path().join("scene");
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = tcp.local_addr().unwrap().port();
        let unix = UnixListener::bind(root.join("beside/socket")).unwrap();
        let name = std::os::unix::net::SocketAddr::from_abstract_name(port.to_string()).unwrap();
        let nameless = UnixListener::bind_addr(&name).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([INSIDE, wall, root.to_str().unwrap()])
            .args([std::process::id().to_string(), port.to_string()])
            // One that both share, as it takes long to fill.
            .env("XDG_CACHE_HOME", cache())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.next().expect("it serves").unwrap();
        Self {
            child,
            orders,
            lines,
            address: address.parse().unwrap(),
            _folder: folder,
            _listeners: (tcp, unix, nameless),
        }
    }

    /// Has an attack be made; what came of it.
    fn attack(&mut self, name: &str) -> String {
        writeln!(self.orders).unwrap();
        let line = self.lines.next();
        let line = line
            .unwrap_or_else(|| panic!("the process died of: {name}"))
            .unwrap();
        let came_of_it = line.strip_prefix(name).and_then(|it| it.strip_prefix(": "));
        came_of_it
            .unwrap_or_else(|| panic!("{name}: {line}"))
            .to_owned()
    }

    /// Another client gets what it asks for.
    fn serves(&self) {
        let mut client = TcpStream::connect(self.address).unwrap();
        write!(client, "GET /served.txt HTTP/1.0\r\n\r\n").unwrap();
        let mut response = String::new();
        client.read_to_string(&mut response).unwrap();
        assert!(response.contains("200 OK"), "{response}");
        assert!(response.ends_with("served\n"), "{response}");
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `outside`, and beside that `scene/` with `root/` and `beside/`.
fn scene() -> TempDir {
    let folder = TempDir::new().unwrap();
    for directory in ["scene/root", "scene/beside"] {
        fs::create_dir_all(folder.path().join(directory)).unwrap();
    }
    for (file, text) in [
        ("outside", "secret"),
        ("scene/beside/secret", "secret"),
        ("scene/root/index.html", "index"),
        ("scene/root/removable", ""),
        ("scene/root/served.txt", "served\n"),
    ] {
        fs::write(folder.path().join(file), text).unwrap();
    }
    folder
}

fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

use super::*;
use std::fs::{self, File as Plain};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn at(directory: &TempDir) -> UnixSocket {
    UnixSocket::at(directory.path().join("s")).unwrap()
}

fn mode(socket: &UnixSocket) -> u32 {
    fs::symlink_metadata(&socket.path)
        .unwrap()
        .permissions()
        .mode()
        & 0o7777
}

#[test]
fn the_mode_is_what_was_given_whatever_the_umask_is() {
    let directory = directory();
    for wanted in [0o600, 0o660, 0o666, 0o777] {
        let socket = at(&directory).mode(wanted);
        let (_listening, file) = socket.bind(&[]).unwrap();
        assert_eq!(mode(&socket), wanted);
        UnixStream::connect(&socket.path).unwrap();
        drop(file);
        assert!(!socket.path.exists());
    }
}

#[test]
fn what_a_server_left_behind_is_replaced() {
    let directory = directory();
    let socket = at(&directory);
    drop(UnixListener::bind(&socket.path).unwrap());
    assert!(socket.path.exists());
    let (_listening, _file) = socket.bind(&[]).unwrap();
    UnixStream::connect(&socket.path).unwrap();
}

#[test]
fn what_somebody_listens_at_is_left_alone() {
    let directory = directory();
    let socket = at(&directory);
    let (listening, file) = socket.bind(&[]).unwrap();
    let refused = socket.bind(&[]).unwrap_err().to_string();
    assert!(refused.contains("somebody listens there"), "{refused}");
    UnixStream::connect(&socket.path).unwrap();
    drop((listening, file));
    let _datagrams = UnixDatagram::bind(&socket.path).unwrap();
    let refused = socket.bind(&[]).unwrap_err().to_string();
    assert!(refused.contains("somebody listens there"), "{refused}");
}

#[test]
fn a_queue_that_is_full_is_somebodys() {
    let directory = directory();
    let socket = at(&directory);
    let busy = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    busy.bind(&SockAddr::unix(&socket.path).unwrap()).unwrap();
    busy.listen(0).unwrap();
    let mut waiting = Vec::new();
    while socket.connect().is_ok() {
        let client = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        client.set_nonblocking(true).unwrap();
        let _ = client.connect(&SockAddr::unix(&socket.path).unwrap());
        waiting.push(client);
        assert!(waiting.len() < 100, "its queue is never full");
    }
    assert!(socket.bind(&[]).is_err() && socket.path.exists());
}

#[test]
fn what_is_no_socket_is_never_removed() {
    let directory = directory();
    let socket = at(&directory);
    Plain::create(&socket.path).unwrap();
    let is_refused = || {
        let refused = socket.bind(&[]).unwrap_err().to_string();
        assert!(refused.contains("is no socket"), "{refused}");
        fs::symlink_metadata(&socket.path).unwrap();
    };
    is_refused();
    fs::remove_file(&socket.path).unwrap();
    // A link to a socket that was left behind isn't that socket.
    let other = directory.path().join("other");
    drop(UnixListener::bind(&other).unwrap());
    std::os::unix::fs::symlink(&other, &socket.path).unwrap();
    is_refused();
    assert!(other.exists());
    fs::remove_file(&socket.path).unwrap();
    fs::create_dir(&socket.path).unwrap();
    is_refused();
}

#[test]
fn only_the_own_file_is_removed() {
    let directory = directory();
    let socket = at(&directory);
    let (_listening, file) = socket.bind(&[]).unwrap();
    fs::remove_file(&socket.path).unwrap();
    let _other = UnixListener::bind(&socket.path).unwrap();
    let inode = fs::metadata(&socket.path).unwrap().ino();
    drop(file);
    assert_eq!(fs::metadata(&socket.path).unwrap().ino(), inode);
}

#[test]
fn where_no_socket_can_be_is_said_in_a_line() {
    let directory = directory();
    let missing = UnixSocket::at(directory.path().join("no/s")).unwrap();
    let refused = missing.bind(&[]).unwrap_err().to_string();
    assert!(
        refused.contains("no directory") && refused.contains("make it first"),
        "{refused}"
    );
    Plain::create(directory.path().join("file")).unwrap();
    let beneath = UnixSocket::at(directory.path().join("file/s")).unwrap();
    let refused = beneath.bind(&[]).unwrap_err().to_string();
    assert!(refused.contains("is no directory"), "{refused}");
    for (path, says) in [
        ("", "no path of a socket"),
        ("/", "no path of a socket"),
        ("a/..", "no path of a socket"),
        ("a/", "no path of a socket"),
        ("@name", "abstract"),
    ] {
        let refused = UnixSocket::at(path).unwrap_err().to_string();
        assert!(refused.contains(says), "{path}: {refused}");
    }
    let longest = "x".repeat(longest_path());
    assert!(UnixSocket::at(&longest).is_ok());
    let refused = UnixSocket::at(longest + "x").unwrap_err().to_string();
    assert!(refused.contains("at most"), "{refused}");
    assert!(UnixSocket::at("./@name").is_ok());
}

#[test]
fn servers_that_start_at_once_do_not_take_each_others_socket() {
    let directory = directory();
    for _ in 0..20 {
        let socket = at(&directory);
        drop(UnixListener::bind(&socket.path).unwrap());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let socket = socket.clone();
                std::thread::spawn(move || socket.bind(&[]).ok())
            })
            .collect();
        let bound: Vec<_> = threads
            .into_iter()
            .filter_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(bound.len(), 1);
        UnixStream::connect(&socket.path).unwrap();
    }
}

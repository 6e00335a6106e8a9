//! What becomes of connections when the server stops, or another component takes over.

use super::{peer, tree};
use crate::support::server::Server;
use crate::support::tools::run as run_program;
use crate::support::tree::{MEGABYTE, Tree};
use crate::swap::{named, replace};

/// Runs a script that may signal the server, whose id is its second argument.
#[track_caller]
fn run_and_signal(server: &Server, script: &str) -> bool {
    let Some(mut peer) = peer(script) else {
        return false;
    };
    let arguments = [server.port().to_string(), server.id().to_string()];
    let output = run_program(peer.args(arguments));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    true
}

#[test]
fn what_was_asked_for_comes_whole_when_the_server_stops() {
    let tree = tree();
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--shutdown-timeout", "3600"])
        .start();
    let ran = run_and_signal(
        &server,
        r#"
import os, signal, time
idle = Peer()
equal("a request", idle.get(1).status, 200)
# A slow reader: nothing of the file is taken before the server stops.
slow = Peer(settings={4: 2**24}, receive_buffer=4096)
slow.send(WindowUpdateFrame(0, window_increment=2**24))
slow.request(1, path="/10m.bin")
while not isinstance(slow.frame(), DataFrame):
    pass
os.kill(int(sys.argv[2]), signal.SIGTERM)
equal("an idle connection", idle.ended(), NO_ERROR)
received = 0
goaway = None
while True:
    try:
        frame = slow.frame()
    except Gone as gone:
        equal("the end", gone.code, NO_ERROR)
        break
    if isinstance(frame, DataFrame):
        received += len(frame.data)
    if isinstance(frame, PingFrame) and "ACK" not in frame.flags:
        slow.send(PingFrame(0, frame.opaque_data, flags=["ACK"]))
        # A request that comes late isn't begun.
        slow.request(3)
    if isinstance(frame, RstStreamFrame):
        equal("a late request", (frame.stream_id, frame.error_code), (3, REFUSED_STREAM))
first = 16384
assert received + first >= 10 * 1024 * 1024, received
"#,
    );
    if ran {
        assert_eq!(server.wait().code(), Some(0));
    }
}

#[test]
fn a_download_that_does_not_end_is_cut_off_when_the_server_stops() {
    let tree = Tree::simple();
    tree.sparse_file("big.bin", 256 * MEGABYTE);
    let mut server = Server::builder()
        .directory(&tree)
        .args(["--shutdown-timeout", "0.2"])
        .start();
    let ran = run_and_signal(
        &server,
        r#"
import os, signal
peer = Peer()
peer.request(1, path="/big.bin")
while not isinstance(peer.frame(), DataFrame):
    pass
os.kill(int(sys.argv[2]), signal.SIGTERM)
peer.ended()
"#,
    );
    if ran {
        assert_eq!(server.wait().code(), Some(0));
    }
}

#[test]
fn no_request_fails_while_components_are_swapped() {
    let tree = Tree::empty();
    for name in ["one", "two"] {
        tree.file(name, named(name));
    }
    let file = tree.path("handler.wasm");
    replace(&file, &named("one"));
    let server = Server::builder()
        .args(["--component"])
        .args([&file])
        .start();
    let script = r#"
import os, shutil, signal
peer = Peer()
stream = 1
for turn in range(6):
    name = sys.argv[4 - turn % 2]
    shutil.copyfile(name, sys.argv[5] + ".new")
    os.rename(sys.argv[5] + ".new", sys.argv[5])
    os.kill(int(sys.argv[2]), signal.SIGHUP)
    answers = set()
    # Until all are of the new one, which takes a while to be compiled.
    while answers != {os.path.basename(name).encode()}:
        open, answers = {stream + 2 * at for at in range(8)}, set()
        for at in sorted(open):
            peer.request(at, path="/")
        while open:
            frame = peer.frame()
            assert not isinstance(frame, (RstStreamFrame, GoAwayFrame)), frame
            if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
                peer.send(SettingsFrame(0, flags=["ACK"]))
            if isinstance(frame, HeadersFrame):
                equal("status", dict(frame.fields)[":status"], "200")
            if isinstance(frame, DataFrame):
                answers.add(frame.data.strip())
                peer.send(WindowUpdateFrame(0, window_increment=max(1, len(frame.data))))
            if frame.stream_id in open and "END_STREAM" in frame.flags:
                open.remove(frame.stream_id)
        stream += 16
"#;
    let Some(mut peer) = peer(script) else {
        return;
    };
    peer.args([server.port().to_string(), server.id().to_string()]);
    peer.args(["one", "two", "handler.wasm"].map(|name| tree.path(name)));
    let output = run_program(&mut peer);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

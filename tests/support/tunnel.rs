//! Has every test of a suite go by TLS, whatever its clients are: each connection in
//! clear to a port of this process is one by TLS to the server. What a client sees of the
//! end of a connection stays as it was: the server's close_notify is a FIN, and an end
//! without that a reset.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::sockopt::{
    set_socket_linger, set_socket_recv_buffer_size, set_socket_send_buffer_size,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How much the system keeps of what goes to a client, in bytes, on either side of here.
const BUFFER: usize = 128 * 1024;

/// Opens a port whose connections go to a server at `localhost` by TLS. Returns where.
#[track_caller]
pub(crate) fn open(server: SocketAddr, authority: &Path) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let config = Arc::new(trusting(authority));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                // Who can't be connected hears nothing, as of a port that is closed.
                let _ = TcpStream::connect(server).and_then(|to| carry(client, to, config));
            });
        }
    });
    address
}

fn trusting(authority: &Path) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(authority).expect("a certificate");
    roots.add(certificate).expect("it can be trusted");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions are known")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// One connection, from its handshake to its end.
struct Carried {
    client: TcpStream,
    server: TcpStream,
    tls: ClientConnection,
    client_finished: bool,
    /// What was decrypted, and the client has no room for.
    waiting: Vec<u8>,
    server_end: Option<End>,
    /// The server reads nothing any more.
    unwritable: bool,
}

/// How the server ended it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Concluded,
    CutShort,
}

const CUT_SHORT: Option<End> = Some(End::CutShort);

fn carry(client: TcpStream, server: TcpStream, config: Arc<ClientConfig>) -> io::Result<()> {
    // Little is on the way here: else a client that takes some would seem to the server to
    // take nothing, for as long as it takes what is.
    set_socket_send_buffer_size(&client, BUFFER)?;
    set_socket_recv_buffer_size(&server, BUFFER)?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
    }
    let name = ServerName::try_from("localhost").expect("it is a name");
    let mut carried = Carried {
        client,
        server,
        tls: ClientConnection::new(config, name).map_err(io::Error::other)?,
        client_finished: false,
        waiting: Vec::new(),
        server_end: None,
        unwritable: false,
    };
    let carried_on = carried.run();
    if carried_on.is_err() || carried.server_end == Some(End::CutShort) {
        // Both ends hear that it isn't whole.
        for stream in [&carried.client, &carried.server] {
            let _ = set_socket_linger(stream, Some(Duration::ZERO));
        }
    }
    carried_on
}

impl Carried {
    fn run(&mut self) -> io::Result<()> {
        loop {
            self.wait()?;
            self.send_to_server()?;
            self.receive_from_server()?;
            self.send_to_client()?;
            if self.waiting.is_empty() && self.server_end.is_some() {
                if self.server_end == Some(End::Concluded) {
                    let _ = self.client.shutdown(Shutdown::Write);
                }
                if self.client_finished || self.unwritable || self.server_end == CUT_SHORT {
                    return Ok(());
                }
            }
        }
    }

    fn wait(&self) -> io::Result<()> {
        let mut client = PollFlags::empty();
        client.set(PollFlags::IN, self.takes_from_client());
        client.set(PollFlags::OUT, !self.waiting.is_empty());
        let mut server = PollFlags::empty();
        let takes = self.server_end.is_none() && self.waiting.is_empty();
        server.set(PollFlags::IN, takes);
        server.set(PollFlags::OUT, self.tls.wants_write() && !self.unwritable);
        // One that has ended is told of whether that is asked for or not (poll(2)).
        let both = [(&self.client, client), (&self.server, server)];
        let asked = both.iter().filter(|(_, flags)| !flags.is_empty());
        let mut asked: Vec<_> = asked.map(|(fd, flags)| PollFd::new(*fd, *flags)).collect();
        poll(&mut asked, None)?;
        Ok(())
    }

    fn takes_from_client(&self) -> bool {
        let may = !self.client_finished && !self.unwritable;
        may && !self.tls.is_handshaking() && !self.tls.wants_write()
    }

    fn send_to_server(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        if self.takes_from_client() {
            match self.client.read(&mut buffer) {
                Ok(0) => {
                    self.client_finished = true;
                    self.tls.send_close_notify();
                }
                Ok(read) => self.tls.writer().write_all(&buffer[..read])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        while self.tls.wants_write() && !self.unwritable {
            match self.tls.write_tls(&mut self.server) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // What it has sent before is read nevertheless.
                Err(_) => {
                    self.unwritable = true;
                    break;
                }
            }
        }
        if self.client_finished && !self.tls.wants_write() {
            // As its close_notify says, and who doesn't read that sees, too.
            let _ = self.server.shutdown(Shutdown::Write);
        }
        Ok(())
    }

    fn receive_from_server(&mut self) -> io::Result<()> {
        if self.server_end.is_some() || !self.waiting.is_empty() {
            return Ok(());
        }
        match self.tls.read_tls(&mut self.server) {
            Ok(0) => self.server_end = Some(End::CutShort),
            Ok(_) => {
                let state = self.tls.process_new_packets().map_err(io::Error::other)?;
                if state.peer_has_closed() {
                    self.server_end = Some(End::Concluded);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.server_end = Some(End::CutShort),
        }
        let _ = self.tls.reader().read_to_end(&mut self.waiting);
        Ok(())
    }

    fn send_to_client(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match self.client.write(&self.waiting) {
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

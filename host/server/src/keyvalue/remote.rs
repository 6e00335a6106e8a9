//! A store that another process has.

use super::operation::{MAX_MESSAGE, Operation, Outcome};
use std::io;
use std::os::unix::net::UnixStream as StdStream;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{OnceCell, mpsc, oneshot};

/// How many operations wait at once for those before them.
const WAITING: usize = 64;

/// A store of values by keys, which the process at the other end of a socket has: see
/// [`serve_key_values`](super::serve_key_values). Clones share it.
#[derive(Debug, Clone)]
pub struct RemoteKeyValues(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    socket: StdStream,
    /// Once something was asked.
    asking: OnceCell<mpsc::Sender<Asked>>,
}

type Asked = (Operation, oneshot::Sender<Outcome>);

impl From<StdStream> for RemoteKeyValues {
    fn from(socket: StdStream) -> Self {
        Self(Arc::new(Inner {
            socket,
            asking: OnceCell::new(),
        }))
    }
}

impl RemoteKeyValues {
    /// Has something done. It is done to the end, also if whoever has asked goes away.
    pub(super) async fn perform(&self, operation: Operation) -> Outcome {
        if let Err(refusal) = operation.check() {
            return Outcome::Refused(refusal);
        }
        let gone = || Outcome::Refused("whoever keeps the values is gone".to_owned());
        let asking = self.0.asking.get_or_try_init(|| self.0.begin()).await;
        let Ok(asking) = asking else {
            return gone();
        };
        let (answer, answered) = oneshot::channel();
        if asking.send((operation, answer)).await.is_err() {
            return gone();
        }
        answered.await.unwrap_or_else(|_| gone())
    }
}

impl Inner {
    async fn begin(&self) -> io::Result<mpsc::Sender<Asked>> {
        let socket = self.socket.try_clone()?;
        socket.set_nonblocking(true)?;
        let socket = UnixStream::from_std(socket)?;
        let (sender, asked) = mpsc::channel(WAITING);
        tokio::spawn(ask(socket, asked));
        Ok(sender)
    }
}

/// Asks one after the other, until that can't be any more.
async fn ask(mut socket: UnixStream, mut asked: mpsc::Receiver<Asked>) {
    while let Some((operation, answer)) = asked.recv().await {
        match exchange(&mut socket, &operation).await {
            // Who has asked may have gone.
            Ok(outcome) => drop(answer.send(outcome)),
            Err(_) => return,
        }
    }
}

async fn exchange(socket: &mut UnixStream, operation: &Operation) -> io::Result<Outcome> {
    let message = postcard::to_stdvec(operation).map_err(io::Error::other)?;
    write(socket, &message).await?;
    let message = read(socket).await?;
    let message = message.ok_or(io::ErrorKind::UnexpectedEof)?;
    postcard::from_bytes(&message).map_err(io::Error::other)
}

/// Writes a message behind its length.
pub(super) async fn write(
    socket: &mut (impl AsyncWrite + Unpin),
    message: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    socket.write_all(&length.to_le_bytes()).await?;
    socket.write_all(message).await
}

/// Reads a message. None: there are no more.
pub(super) async fn read(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match socket.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    };
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_MESSAGE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length];
    socket.read_exact(&mut message).await?;
    Ok(Some(message))
}

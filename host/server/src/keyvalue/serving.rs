//! The process that has a store for another one.

use super::file::KeyValueFile;
use super::operation::{Operation, Outcome};
use super::remote::{read, write};
use std::io;
use std::os::unix::net::UnixStream as StdStream;
use tokio::net::UnixStream;
use tokio::task::spawn_blocking;

/// Does with a store what a [`RemoteKeyValues`](super::RemoteKeyValues) at the other end of
/// a socket says, until that is closed. What comes from there needn't be trusted. To be
/// called on a runtime.
///
/// # Errors
///
/// The other end doesn't say what it should.
pub async fn serve_key_values(socket: StdStream, store: KeyValueFile) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let mut socket = UnixStream::from_std(socket)?;
    while let Some(message) = read(&mut socket).await? {
        let operation: Operation = postcard::from_bytes(&message).map_err(io::Error::other)?;
        drop(message);
        let store = store.clone();
        let outcome = spawn_blocking(move || store.perform(&operation)).await;
        let outcome = outcome.unwrap_or_else(|error| Outcome::Refused(error.to_string()));
        let message = postcard::to_stdvec(&outcome).map_err(io::Error::other)?;
        write(&mut socket, &message).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::operation::MAX_MESSAGE;
    use super::super::remote::RemoteKeyValues;
    use super::*;
    use std::io::{Read, Write};

    #[tokio::test]
    async fn who_asks_another_process_is_answered_as_by_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyValueFile::open(&folder.path().join("kept"), 10_000_000).unwrap();
        let (ours, theirs) = StdStream::pair().unwrap();
        let served = tokio::spawn(serve_key_values(theirs, store));
        let remote = RemoteKeyValues::from(ours);
        let value = vec![7; 1_000_000];
        let set = Operation::Set(vec![("a".to_owned(), value.clone())]);
        // Who asks and goes away has it done, and disturbs nobody.
        let asked = remote.perform(set);
        let _ = tokio::time::timeout(std::time::Duration::ZERO, asked).await;
        let increments = (0..20).map(|_| remote.perform(Operation::Increment("n".to_owned(), 1)));
        let mut sums = Vec::new();
        for increment in increments {
            sums.push(increment.await);
        }
        assert_eq!(sums.last(), Some(&Outcome::Sum(20)));
        let get = Operation::Get(vec!["a".to_owned()]);
        assert_eq!(
            remote.perform(get).await,
            Outcome::Values(vec![Some(value)])
        );
        let empty = Operation::Get(vec![String::new()]);
        assert!(matches!(
            remote.perform(empty.clone()).await,
            Outcome::Refused(_)
        ));
        served.abort();
        let _ = served.await;
        let get = Operation::Get(vec!["a".to_owned()]);
        assert!(matches!(remote.perform(get).await, Outcome::Refused(_)));
    }

    /// Code that has left its sandbox may say anything.
    #[tokio::test]
    async fn what_makes_no_sense_ends_its_sender_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyValueFile::open(&folder.path().join("kept"), 10_000).unwrap();
        let too_long = u32::try_from(MAX_MESSAGE + 1).unwrap().to_le_bytes();
        for nonsense in [
            &too_long[..],
            &[1, 0, 0, 0, 99],
            &[5, 0, 0, 0, 0, 255, 255, 255, 127],
        ] {
            let (mut ours, theirs) = StdStream::pair().unwrap();
            ours.write_all(nonsense).unwrap();
            let served = serve_key_values(theirs, store.clone()).await;
            assert!(served.is_err(), "{nonsense:?}");
            let mut answered = Vec::new();
            let _ = ours.read_to_end(&mut answered);
            assert_eq!(answered, [0; 0]);
        }
        assert_eq!(
            store.perform(&Operation::List(0)),
            Outcome::Keys(Vec::new(), None)
        );
    }
}

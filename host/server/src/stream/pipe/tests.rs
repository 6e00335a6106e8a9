use super::*;
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn received(stream: &PipeStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(1024);
    stream.try_receive(&mut bytes)?;
    Ok(bytes)
}

#[tokio::test]
async fn bytes_go_both_ways() {
    let (stream, mut client) = pipe();
    assert_eq!(received(&stream).unwrap_err().kind(), ErrorKind::WouldBlock);
    client.write_all(b"request").await.unwrap();
    stream.readable().await.unwrap();
    assert!(stream.peek().await.unwrap() && stream.has_unread());
    assert_eq!(received(&stream).unwrap(), b"request");
    let mut file = tempfile::tempfile().unwrap();
    io::Write::write_all(&mut file, b"0123456789").unwrap();
    assert_eq!(stream.try_send(b"head: ", Then::More).unwrap(), 6);
    assert_eq!(stream.try_send_file(&file, 2, 3).unwrap(), 3);
    assert_eq!(stream.try_send_file(&file, 10, 3).unwrap(), 0);
    stream.conclude();
    drop(stream);
    let mut all = Vec::new();
    client.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"head: 234");
}

#[tokio::test]
async fn what_ends_without_a_word_was_cut_short() {
    let (stream, mut client) = pipe();
    stream.try_send(b"half", Then::Nothing).unwrap();
    drop(stream);
    let mut half = [0; 4];
    client.read_exact(&mut half).await.unwrap();
    let error = client.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let error = client.write_all(b"more").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn a_client_that_has_finished_still_reads() {
    let (stream, mut client) = pipe();
    client.write_all(b"all").await.unwrap();
    client.shutdown().await.unwrap();
    assert!(stream.has_closed_its_side());
    stream.ended(false).await.unwrap();
    assert_eq!(received(&stream).unwrap(), b"all");
    assert_eq!(received(&stream).unwrap(), b"");
    assert!(!stream.peek().await.unwrap());
    assert_eq!(stream.try_send(b"answer", Then::Nothing).unwrap(), 6);
    drop(client);
    stream.ended(true).await.unwrap();
    assert!(!stream.has_closed_its_side());
    assert!(stream.try_send(b"late", Then::Nothing).is_err());
}

#[tokio::test]
async fn who_does_not_read_is_waited_for() {
    let (stream, mut client) = pipe();
    let long = vec![b'x'; CAPACITY + 1];
    assert_eq!(stream.try_send(&long, Then::Nothing).unwrap(), CAPACITY);
    let full = stream.try_send(&long[CAPACITY..], Then::Nothing);
    assert_eq!(full.unwrap_err().kind(), ErrorKind::WouldBlock);
    let waiting = tokio::spawn(async move {
        stream.writable().await.unwrap();
        stream.try_send(&long[CAPACITY..], Then::Nothing).unwrap();
        stream.conclude();
    });
    let mut all = Vec::new();
    client.read_to_end(&mut all).await.unwrap();
    assert_eq!(all.len(), CAPACITY + 1);
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_server_that_does_not_read_is_waited_for() {
    let (stream, mut client) = pipe();
    let sending = tokio::spawn(async move {
        client.write_all(&vec![b'x'; 3 * CAPACITY]).await.unwrap();
    });
    let mut bytes = Vec::with_capacity(4 * CAPACITY);
    while bytes.len() < 3 * CAPACITY {
        stream.readable().await.unwrap();
        stream.try_receive(&mut bytes).unwrap();
    }
    sending.await.unwrap();
    assert!(stream.peek().await.is_ok_and(|more| !more));
}

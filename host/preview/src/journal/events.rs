//! What happens on a site, as server-sent events (HTML, section 9.2): an event a line.

use super::Journal;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use std::convert::Infallible;
use std::fmt::Write;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

/// The media type of events.
pub const EVENT_STREAM: &str = "text/event-stream";

/// How long nothing is said before it is said that there is nothing, so that nobody in
/// between takes the connection for dead.
const QUIET: Duration = Duration::from_secs(15);

/// The last lines of a site; and if it is followed, those that are still to come, for as
/// long as somebody reads.
pub fn events(
    journal: &Journal,
    follow: bool,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
    let (lines, following) = journal.follow();
    let mut said = String::new();
    for line in lines {
        say(&mut said, &line);
    }
    let coming = follow.then_some(following);
    let coming = stream::unfold(coming, |following| async move {
        let mut following = following?;
        let said = next(&mut following).await?;
        Some((said, Some(following)))
    });
    // An empty piece would be the end, to some.
    let begun = (!said.is_empty()).then_some(said);
    stream::iter(begun)
        .chain(coming)
        .map(|said| Ok(said.into()))
}

/// What is said next. None: nothing more will be.
async fn next(following: &mut Receiver<String>) -> Option<String> {
    let mut said = String::new();
    match timeout(QUIET, following.recv()).await {
        Ok(line) => say(&mut said, &line?),
        Err(_) => said.push_str(":\n\n"),
    }
    Some(said)
}

fn say(said: &mut String, line: &str) {
    // Writing to a String can't fail.
    let _ = write!(said, "data: {line}\n\n");
}

#[cfg(test)]
mod tests {
    use super::super::Journals;
    use super::*;

    #[tokio::test]
    async fn what_was_comes_first_and_then_what_comes() {
        let journal = Journals::default().of("a");
        journal.add("one", |_| {});
        journal.add("two", |_| {});
        let mut all = Box::pin(events(&journal, false));
        assert_eq!(
            all.next().await,
            Some(Ok("data: one\n\ndata: two\n\n".into()))
        );
        assert_eq!(all.next().await, None);
        let mut following = Box::pin(events(&journal, true));
        following.next().await;
        journal.add("three", |_| {});
        assert_eq!(following.next().await, Some(Ok("data: three\n\n".into())));
    }
}

//! Sends contents, several at once.

use super::packs;
use super::start::Upload;
use crate::client::failure::Failure;
use crate::client::folder::SiteFile;
use crate::client::progress::Event;
use crate::digest::Digest;
use futures_util::{StreamExt, TryStreamExt, stream};

/// How many requests are on their way at once.
const AT_ONCE: usize = 4;

/// What is sent by one task.
enum Job<'a> {
    Pack(Vec<&'a SiteFile>),
    Large(&'a SiteFile),
}

impl<'a> Upload<'a> {
    /// Sends those contents.
    pub(crate) async fn send(&self, missing: &[Digest]) -> Result<(), Failure> {
        let unknown = |digest| Failure::Strange {
            server: self.name(),
            what: format!("it asks for {digest}, which isn't in this folder"),
        };
        let files = missing.iter().map(|digest| {
            let file = self.contents.get(digest).copied();
            file.ok_or_else(|| unknown(digest))
        });
        let files = files.collect::<Result<Vec<&SiteFile>, Failure>>()?;
        let bytes = files.iter().map(|file| file.size).sum();
        let blobs = files.len() as u64;
        self.progress.event(Event::Sending { blobs, bytes });
        let (packs, large) = packs::pack(files);
        let jobs = packs.into_iter().map(Job::Pack);
        let jobs = jobs.chain(large.into_iter().map(Job::Large));
        let tasks = stream::iter(jobs.map(|job| self.run(job)));
        tasks.buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn run(&self, job: Job<'a>) -> Result<(), Failure> {
        match job {
            Job::Pack(files) => self.send_pack(files).await,
            Job::Large(file) => self.send_large(file).await,
        }
    }
}

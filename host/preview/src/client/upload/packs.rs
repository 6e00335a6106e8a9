//! Small contents, many in a request.

use super::start::Upload;
use crate::client::failure::Failure;
use crate::client::folder::{SiteFile, changed, open};
use crate::client::progress::Event;
use crate::client::server::Content;
use crate::digest::Digest;
use crate::wire::{MAX_PACK, PACK_RECORD, RecordHead, Stored};
use bytes::{Bytes, BytesMut};
use std::io::{self, Read};
use tokio::task::spawn_blocking;

/// The largest content that shares a request with others, in bytes.
const SMALL: u64 = 512 * 1024;

/// How large a pack is when no more is added, in bytes. Together with a small one it is
/// below [`MAX_PACK`].
const ENOUGH: u64 = 4 * 1024 * 1024;

/// How many contents are in a pack at most, so that progress is seen.
const MANY: usize = 2_000;

const _: () = assert!(ENOUGH + SMALL + PACK_RECORD <= MAX_PACK);

/// Packs of the small ones, and the large ones.
pub(super) fn pack(files: Vec<&SiteFile>) -> (Vec<Vec<&SiteFile>>, Vec<&SiteFile>) {
    let (small, large): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.size <= SMALL);
    let mut packs: Vec<Vec<&SiteFile>> = Vec::new();
    let mut room = 0_u64;
    for file in small {
        let full = packs.last().is_none_or(|pack| pack.len() >= MANY);
        if full || room == 0 {
            packs.push(Vec::new());
            room = ENOUGH;
        }
        if let Some(pack) = packs.last_mut() {
            pack.push(file);
        }
        room = room.saturating_sub(file.size + PACK_RECORD);
    }
    (packs, large)
}

impl Upload<'_> {
    pub(super) async fn send_pack(&self, files: Vec<&SiteFile>) -> Result<(), Failure> {
        let bytes = files.iter().map(|file| file.size).sum();
        let owned: Vec<SiteFile> = files.into_iter().cloned().collect();
        let reading = spawn_blocking(move || content(&owned));
        let pack = reading
            .await
            .map_err(|error| Failure::Unreadable(error.to_string()))??;
        let answer = self.post("blobs", Content::Bytes(pack)).await?;
        answer.json::<Stored>(&self.name())?;
        self.progress.event(Event::Sent(bytes));
        Ok(())
    }
}

fn content(files: &[SiteFile]) -> Result<Bytes, Failure> {
    let size: u64 = files.iter().map(|file| file.size + PACK_RECORD).sum();
    let mut pack = BytesMut::with_capacity(usize::try_from(size).unwrap_or_default());
    for file in files {
        let content = read(file).map_err(|error| Failure::File {
            path: file.path.to_string(),
            reason: error.to_string(),
        })?;
        let head = RecordHead {
            sha256: file.digest,
            size: file.size,
        };
        head.write(&mut pack);
        pack.extend_from_slice(&content);
    }
    Ok(pack.freeze())
}

/// The content, if it is still what was hashed.
fn read(file: &SiteFile) -> io::Result<Vec<u8>> {
    let (opened, _) = open(&file.source)?;
    let mut content = Vec::with_capacity(usize::try_from(file.size).unwrap_or_default());
    opened.take(file.size + 1).read_to_end(&mut content)?;
    if Digest::of(&content) == file.digest {
        Ok(content)
    } else {
        Err(changed())
    }
}

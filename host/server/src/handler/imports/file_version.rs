//! A file's version: what an entity tag is made of.
//!
//! A file's date and length are what whoever writes it says they are: archives,
//! package stores and reproducible builds give every file the same date. What the
//! system changes by itself is the time of the last change to the inode
//! (`st_ctime`), at each write, rename, link and change of dates; and another file
//! has another inode or is on another device. A needless new version, as after a
//! `chmod`, costs a client one download.
//!
//! The system's clock moves on in ticks, so a file may change twice under one
//! time. A version in which that can still happen is never given again: each look
//! makes another.
//!
//! What isn't seen: a change by `mmap(2)` that the system hasn't recorded yet, and
//! one by a network's file system whose server's clock is behind this one's.

use crate::handler::bindings::wasm_host::http::files::{Datetime, Version};
use rustix::fs::Stat;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Counts the looks at files that aren't settled. With the time it makes each of
/// them another version, after a restart, too.
static LOOKS: AtomicU64 = AtomicU64::new(0);

/// Longer than the tick of a file system that keeps no parts of a second: two
/// seconds in FAT.
const COARSE_TICK: Duration = Duration::from_secs(3);

/// The version of a file that was just looked at.
pub(super) fn version(stat: &Stat) -> Version {
    version_at(stat, last_tick())
}

/// When the clock last moved on, as time since 1970: the time by which Linux dates
/// a change that is made now. Reading it is no system call.
#[cfg(target_os = "linux")]
fn last_tick() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::RealtimeCoarse);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Where the system doesn't tell: longer ago than its ticks are apart.
#[cfg(not(target_os = "linux"))]
fn last_tick() -> Duration {
    use std::time::{SystemTime, UNIX_EPOCH};
    const TICK: Duration = Duration::from_millis(20);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().saturating_sub(TICK)
}

/// The version of a file that never changes, and whose name leads to no other unless
/// its content is another: of a site. That it has another name since, which the system
/// has as a change of the inode, makes no other version of it. Its date says nothing: two
/// contents of a name may have been written within a second.
pub(super) fn version_for_ever(stat: &Stat) -> Version {
    let mut hasher = DefaultHasher::new();
    (stat.st_dev, stat.st_ino, stat.st_size).hash(&mut hasher);
    (stat.st_mtime, stat.st_mtime_nsec).hash(&mut hasher);
    Version {
        id: hasher.finish(),
        since: None,
    }
}

fn version_at(stat: &Stat, last_tick: Duration) -> Version {
    let changed = changed(stat);
    // Made without a secret, so that it outlives a restart.
    let mut hasher = DefaultHasher::new();
    (stat.st_dev, stat.st_ino, stat.st_size).hash(&mut hasher);
    (stat.st_ctime, stat.st_ctime_nsec).hash(&mut hasher);
    (stat.st_mtime, stat.st_mtime_nsec).hash(&mut hasher);
    if changed.is_none_or(|changed| !is_settled(changed, last_tick)) {
        LOOKS.fetch_add(1, Ordering::Relaxed).hash(&mut hasher);
        SystemTime::now().hash(&mut hasher);
    }
    Version {
        id: hasher.finish(),
        since: changed.map(|changed| Datetime {
            seconds: changed.as_secs(),
            nanoseconds: changed.subsec_nanos(),
        }),
    }
}

/// When anything of the file was last changed, as time since 1970.
fn changed(stat: &Stat) -> Option<Duration> {
    let seconds = u64::try_from(stat.st_ctime).ok()?;
    let nanoseconds = u32::try_from(stat.st_ctime_nsec).ok()?;
    Some(Duration::new(seconds, nanoseconds))
}

/// Whether a later change will have another time.
fn is_settled(changed: Duration, last_tick: Duration) -> bool {
    match changed.subsec_nanos() {
        0 => changed + COARSE_TICK < last_tick,
        _ => changed < last_tick,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::path::Path;

    fn look(path: &Path) -> Stat {
        rustix::fs::fstat(File::open(path).unwrap()).unwrap()
    }

    #[test]
    fn a_version_is_kept_when_it_cannot_come_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "content").unwrap();
        let stat = look(&path);
        let [tick, second] = [last_tick(), Duration::from_secs(1)];
        let id = |last_tick| version_at(&stat, last_tick).id;
        assert_eq!(id(tick + second), id(tick + second * 2));
        // The clock is behind the file's.
        assert_ne!(id(tick - second), id(tick - second));
        assert_ne!(id(tick - second), id(tick + second));
        // Written just now, as often as a tick allows.
        let mut ids: Vec<u64> = (100..200)
            .map(|number| {
                fs::write(&path, number.to_string()).unwrap();
                version(&look(&path)).id
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 100);
    }

    #[test]
    fn a_time_without_parts_of_a_second_settles_later() {
        let second = Duration::from_secs(1_000);
        assert!(!is_settled(second, second + Duration::from_secs(2)));
        assert!(is_settled(second, second + Duration::from_secs(4)));
        let part = second + Duration::from_millis(1);
        assert!(!is_settled(part, part));
        assert!(is_settled(part, part + Duration::from_millis(1)));
        assert!(!is_settled(part + Duration::from_secs(60), part));
    }
}

//! The options of archives.

use crate::numbers::whole;
use clap::Args;

/// Whether clients may have directories as archives.
#[derive(Debug, Args)]
pub(super) struct Archives {
    /// Let clients have a directory, with all that is beneath it, as one file: by a link
    /// in its listing, or ?download=zip and ?download=tar.gz. What isn't served, and
    /// scripts, are left out, and links aren't followed [default: off].
    #[arg(long, conflicts_with = "no_listing")]
    archives: bool,

    /// Most archives that are made at once, half of them for one client; then 503.
    #[arg(long, requires = "archives", value_name = "N", default_value = "4",
          value_parser = whole(1..=1024_u32), allow_negative_numbers = true)]
    archives_max: u32,
}

impl Archives {
    /// How many may be made at once, if any.
    pub(super) fn most(&self) -> Option<u32> {
        self.archives.then_some(self.archives_max)
    }
}

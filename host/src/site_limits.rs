//! The options of what previews may have.

use crate::failure::Failure;
use crate::numbers::whole;
use clap::Args;
use wasm_host_preview::limits::Limits;

/// The most that a site may ask for, in its wasm-host.toml.
#[derive(Debug, Args)]
pub(super) struct SiteLimitArgs {
    /// Most files of a deploy.
    #[arg(long, value_name = "N", default_value = "100000",
          value_parser = whole(1..=10_000_000_u64), allow_negative_numbers = true)]
    site_files: u64,

    /// Longest file of a deploy, in MB.
    #[arg(long, value_name = "MB", default_value = "2000",
          value_parser = whole(1..=1_000_000_000_u64), allow_negative_numbers = true)]
    site_file_size: u64,

    /// All files of a deploy together, in MB.
    #[arg(long, value_name = "MB", default_value = "10000",
          value_parser = whole(1..=1_000_000_000_u64), allow_negative_numbers = true)]
    site_size: u64,

    /// Most rules of a site, in _redirects and _headers together.
    #[arg(long, value_name = "N", default_value = "10000",
          value_parser = whole(1..=1_000_000_u64), allow_negative_numbers = true)]
    site_rules: u64,

    /// Most requests a second of a site, and twice as many at once; then 429.
    #[arg(long, value_name = "N", default_value = "100000",
          value_parser = whole(1..=10_000_000_u64), allow_negative_numbers = true)]
    site_requests: u64,

    /// All content of a project together, in MB, each content counted once.
    #[arg(long, value_name = "MB", default_value = "20000",
          value_parser = whole(1..=1_000_000_000_u64), allow_negative_numbers = true)]
    project_size: u64,
}

/// Bytes.
const MB: u64 = 1_000_000;

impl SiteLimitArgs {
    /// What sites and projects may have. What is usual for a site is as much as that, or
    /// less.
    ///
    /// # Errors
    ///
    /// They contradict themselves.
    pub(super) fn limits(&self) -> Result<Limits, Failure> {
        let mut limits = Limits::default();
        let most = &mut limits.most;
        most.files = self.site_files;
        most.file_size = self.site_file_size * MB;
        most.total_size = self.site_size * MB;
        most.rules = self.site_rules;
        most.requests = self.site_requests;
        limits.project_size = self.project_size * MB;
        let (usual, most) = (&mut limits.usual, limits.most);
        usual.files = usual.files.min(most.files);
        usual.file_size = usual.file_size.min(most.file_size);
        usual.total_size = usual.total_size.min(most.total_size);
        usual.rules = usual.rules.min(most.rules);
        usual.requests = usual.requests.min(most.requests);
        limits
            .check()
            .map_err(|error| Failure::Preview(error.to_string()))?;
        Ok(limits)
    }
}

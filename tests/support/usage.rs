//! What a server holds: open files and memory (Linux).

use super::server::Server;

impl Server {
    /// How many file descriptors the server holds (Linux).
    pub(crate) fn open_files(&self) -> usize {
        let directory = format!("/proc/{}/fd", self.id());
        std::fs::read_dir(directory)
            .expect("the server is running")
            .count()
    }

    /// VmRSS in KiB (Linux).
    pub(crate) fn resident_kib(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most that [`Server::resident_kib`] has ever been, or since
    /// [`Server::forget_peak`].
    pub(crate) fn peak_kib(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Forgets the memory that starting took.
    pub(crate) fn forget_peak(&self) {
        let file = format!("/proc/{}/clear_refs", self.id());
        std::fs::write(file, "5").expect("the server is running");
    }

    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()));
        let status = status.expect("the server is running");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .and_then(|number| number.parse().ok())
            .expect("a line with a number")
    }
}

//! Numbers, bytes and paths by chance: the same for the same seed.

/// An xorshift generator.
pub(crate) struct Dice(u64);

/// Paths of the tree that the test serves, and others.
const PATHS: &[&str] = &[
    "",
    ".",
    "..",
    "/",
    "../outside/secret.txt",
    "hello.txt",
    "big.bin",
    "dir",
    "dir/",
    "dir/..",
    "dir/../..",
    "fifo",
    "socket",
    "link-out",
    "link-out/",
    "link-out-dir",
    "link-out-dir/secret.txt",
    "link-root/etc/passwd",
    "link-loop",
    "link-dangling",
    "/etc/passwd",
    "a\0b",
    "new",
    "new/",
    "sub",
    "sub/new",
    "cgi-bin/hello",
    "cgi-bin/../hello.txt",
    "//",
    "./hello.txt",
];

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    /// Small, at an edge, or anything.
    pub(crate) fn number(&mut self) -> u64 {
        const EDGES: [u64; 10] = [
            0,
            1,
            4095,
            65_536,
            1 << 20,
            1 << 31,
            u32::MAX as u64,
            1 << 40,
            u64::MAX - 1,
            u64::MAX,
        ];
        match self.below(4) {
            0 => EDGES[self.below(EDGES.len())],
            1 => self.next(),
            _ => self.below(300) as u64,
        }
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let length = match self.below(8) {
            0 => self.below(200_000),
            _ => self.below(200),
        };
        (0..length).map(|_| self.next() as u8).collect()
    }

    pub(crate) fn path(&mut self) -> String {
        match self.below(10) {
            0 => String::from_utf8_lossy(&self.bytes()).into_owned(),
            1 => [self.path(), self.path()].join("/"),
            _ => PATHS[self.below(PATHS.len())].to_owned(),
        }
    }
}

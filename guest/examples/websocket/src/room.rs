//! Where the chat's messages are: a file of lines, to which each instance appends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// The most bytes that a room keeps. Then it begins anew.
const MAX_ROOM: u64 = 1024 * 1024;

/// The most bytes of a message; what is longer is cut.
const MAX_LINE: usize = 1024;

/// The file of messages.
pub(crate) struct Room(PathBuf);

impl Room {
    /// That of the directory which was granted for it.
    pub(crate) fn granted() -> Self {
        Self(PathBuf::from("/room/messages.txt"))
    }

    /// How much has been said.
    pub(crate) fn length(&self) -> io::Result<u64> {
        Ok(self.open()?.metadata()?.len())
    }

    /// Adds a message. It is one line, whatever is in it.
    pub(crate) fn say(&self, text: &str) -> io::Result<()> {
        let mut line: String = text.chars().filter(|it| !it.is_control()).collect();
        line.truncate(line.floor_char_boundary(MAX_LINE));
        line.push('\n');
        let mut file = self.open()?;
        if file.metadata()?.len() > MAX_ROOM {
            file.set_len(0)?;
        }
        file.write_all(line.as_bytes())
    }

    /// The messages after the first `seen` bytes, which are all when this returns.
    pub(crate) fn said_since(&self, seen: &mut u64) -> io::Result<Vec<String>> {
        let mut file = self.open()?;
        let length = file.metadata()?.len();
        if length < *seen {
            *seen = 0;
        }
        if length == *seen {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(*seen))?;
        let mut bytes = Vec::new();
        file.take(MAX_ROOM).read_to_end(&mut bytes)?;
        // Another instance may be in mid line.
        let whole = bytes.iter().rposition(|&byte| byte == b'\n');
        bytes.truncate(whole.map_or(0, |end| end + 1));
        *seen += bytes.len() as u64;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn open(&self) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_says_others_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room(folder.path().join("messages.txt"));
        let mut seen = room.length().unwrap();
        room.say("hello\r\nworld").unwrap();
        room.say("ü").unwrap();
        assert_eq!(room.said_since(&mut seen).unwrap(), ["helloworld", "ü"]);
        assert!(room.said_since(&mut seen).unwrap().is_empty());
    }

    #[test]
    fn a_full_room_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room(folder.path().join("messages.txt"));
        let long = "é".repeat(MAX_LINE);
        let mut seen = 0;
        while room.length().unwrap() <= MAX_ROOM {
            room.say(&long).unwrap();
        }
        room.said_since(&mut seen).unwrap();
        room.say("first").unwrap();
        assert_eq!(room.said_since(&mut seen).unwrap(), ["first"]);
    }
}

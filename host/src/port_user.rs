//! Which program listens on a port that is taken (Linux): its socket is in
//! /proc/net/tcp, and a link to that among the descriptors of its process, as far as this
//! user may see them.

use std::fs;
use std::path::Path;

/// A socket that listens, in the fourth column of /proc/net/tcp.
const LISTENS: &str = "0A";

/// The program that listens on this port, as in `nginx (pid 123)`. None: it can't be seen.
pub(super) fn of(port: u16) -> Option<String> {
    let inodes = sockets(port);
    let links: Vec<_> = inodes
        .iter()
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if links.is_empty() {
        return None;
    }
    // The lowest number is the one that was there first: the others inherited it.
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    let holder = ids.into_iter().find(|id| holds(*id, &links))?;
    let name = fs::read_to_string(format!("/proc/{holder}/comm")).ok()?;
    // A process may call itself anything.
    let name = name.trim().replace(char::is_control, "\u{fffd}");
    Some(format!("{name} (pid {holder})"))
}

/// The sockets that listen on a port, by their numbers.
fn sockets(port: u16) -> Vec<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let tables = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok());
    let tables: Vec<_> = tables.collect();
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    lines.filter_map(|line| listening(line, port)).collect()
}

/// The number of a line's socket, if it listens on this port: proc_net_tcp(5).
fn listening(line: &str, port: u16) -> Option<String> {
    let columns: Vec<_> = line.split_whitespace().collect();
    let (_, listens_on) = columns.get(1)?.rsplit_once(':')?;
    let listens_on = u16::from_str_radix(listens_on, 16).ok()?;
    let is_it = listens_on == port && *columns.get(3)? == LISTENS;
    is_it.then(|| columns.get(9).map(|inode| (*inode).to_owned()))?
}

fn holds(process: u32, links: &[String]) -> bool {
    let open = fs::read_dir(Path::new("/proc").join(process.to_string()).join("fd"));
    let mut open = open.into_iter().flatten().flatten();
    open.any(|entry| {
        let link = fs::read_link(entry.path()).ok();
        link.is_some_and(|link| links.iter().any(|it| link.as_os_str() == it.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_socket() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000 100 0 0 10 0";
        assert_eq!(listening(line, 8080).as_deref(), Some("4242"));
        assert_eq!(listening(line, 8081), None);
        let established = line.replace(" 0A ", " 01 ");
        assert_eq!(listening(&established, 8080), None);
        assert_eq!(listening("", 8080), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn it_is_found_by_its_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let found = of(port).unwrap();
        let own = format!("(pid {})", std::process::id());
        assert!(found.ends_with(&own), "{found}");
        drop(listener);
    }
}

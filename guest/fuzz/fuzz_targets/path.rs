//! A path is decoded as by a list of names, stays in the directory, and a redirect
//! leads to the same file of the same host.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_sdk::simple::path::{PathError, decode, is_hidden, redirect_location};

fuzz_target!(|target: &[u8]| {
    let decoded = decode(target);
    assert_eq!(
        decoded
            .clone()
            .map(|path| (path.relative, path.trailing_slash)),
        by_names(target)
    );
    let location = redirect_location(target);
    stays_on_host(&location);
    let Ok(path) = decoded else { return };
    let names = || path.relative.split(|&byte| byte == b'/');
    if !path.relative.is_empty() {
        assert!(names().all(|name| !matches!(name, b"" | b"." | b"..")));
    }
    assert!(!path.relative.contains(&0));
    let hidden = names()
        .enumerate()
        .any(|(index, name)| name.starts_with(b".") && (index > 0 || name != b".well-known"));
    assert_eq!(is_hidden(&path.relative), hidden);
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let base = &target[..end.unwrap_or(target.len())];
    let base = &base[..base
        .iter()
        .rposition(|&byte| byte == b'/')
        .map_or(0, |at| at + 1)];
    let again = decode([base, location.as_bytes()].concat()).expect("it leads somewhere");
    assert_eq!(again.relative, path.relative);
    assert!(again.trailing_slash);
});

/// What a target names, by a list of names.
fn by_names(target: &[u8]) -> Result<(Vec<u8>, bool), PathError> {
    let end = target.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let path = &target[..end.unwrap_or(target.len())];
    let mut names: Vec<Vec<u8>> = Vec::new();
    for segment in path.split(|&byte| byte == b'/') {
        let name = unescaped(segment);
        if name.contains(&0) {
            return Err(PathError::Nul);
        }
        let parts = || name.split(|&byte| byte == b'/');
        if name.contains(&b'/') && parts().any(|part| matches!(part, b"." | b"..")) {
            return Err(PathError::EncodedSlash);
        }
        for part in parts() {
            match part {
                b"" | b"." => {}
                b".." => drop(names.pop()),
                _ => names.push(part.to_vec()),
            }
        }
    }
    Ok((names.join(&b'/'), path.last() == Some(&b'/')))
}

/// A segment with its escapes undone, once; what isn't one stays.
fn unescaped(segment: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut name = Vec::new();
    let mut rest = segment;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        if first == b'%'
            && let [high, low, behind @ ..] = behind
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            name.push((high * 16 + low) as u8);
            rest = behind;
        } else {
            name.push(first);
        }
    }
    name
}

/// A browser that is sent there stays on its host, and no field follows.
fn stays_on_host(location: &str) {
    assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));
    let path = location.split('?').next().unwrap_or_default();
    assert!(!path.starts_with('/') && !path.contains([':', '\\']) && !path.contains("//"));
}

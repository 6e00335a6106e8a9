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
    let again = decode(location).expect("a redirect leads somewhere");
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
        match name.iter().find(|&&byte| matches!(byte, 0 | b'/')) {
            Some(0) => return Err(PathError::Nul),
            Some(_) => return Err(PathError::EncodedSlash),
            None => {}
        }
        match name.as_slice() {
            b"" | b"." => {}
            b".." => drop(names.pop()),
            _ => names.push(name),
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
    let bytes = location.as_bytes();
    assert!(bytes.starts_with(b"/"));
    assert!(!matches!(bytes.get(1), Some(b'/' | b'\\')));
    assert!(bytes.iter().all(u8::is_ascii_graphic));
}

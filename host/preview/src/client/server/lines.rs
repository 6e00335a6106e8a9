//! An answer that is read line by line, as it comes.

use http_body_util::BodyExt;
use hyper::body::Incoming;

/// The most bytes of a line; the rest of a longer one is told as another.
const LONGEST: usize = 64 * 1024;

/// Tells of each line that isn't empty.
pub(super) async fn tell(
    mut body: Incoming,
    line: &mut dyn FnMut(&str),
) -> Result<(), hyper::Error> {
    let mut rest: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        for byte in piece {
            if byte != b'\n' {
                rest.push(byte);
            }
            if byte == b'\n' || rest.len() >= LONGEST {
                flush(&mut rest, line);
            }
        }
    }
    flush(&mut rest, line);
    Ok(())
}

fn flush(rest: &mut Vec<u8>, line: &mut dyn FnMut(&str)) {
    if !rest.is_empty() {
        line(&String::from_utf8_lossy(rest));
        rest.clear();
    }
}

//! A program for WASI preview 1, whose modules come before components.

/// A module that prints a plain response with this body:
///
/// ```wat
/// (module
///   (import "wasi_snapshot_preview1" "fd_write"
///     (func (param i32 i32 i32 i32) (result i32)))
///   (memory (export "memory") 1)
///   (func (export "_start")
///     (drop (call 0 (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
///   (data (i32.const 0) "<address and length of the text>")
///   (data (i32.const 16) "<the text>"))
/// ```
pub(crate) fn printing_module(body: &str) -> Vec<u8> {
    let length = |length: usize| {
        u8::try_from(length)
            .ok()
            .filter(|length| *length < 128)
            .unwrap()
    };
    let name = |name: &str| [&[length(name.len())], name.as_bytes()].concat();
    let text = format!("Content-Type: text/plain\n\n{body}");
    let vector = [16, 0, 0, 0, length(text.len()), 0, 0, 0];
    let data = |at: u8, bytes: &[u8]| [&[0, 0x41, at, 0x0b, length(bytes.len())], bytes].concat();
    let import = [name("wasi_snapshot_preview1"), name("fd_write"), vec![0, 0]].concat();
    let exports = [name("memory"), vec![2, 0], name("_start"), vec![0, 1]].concat();
    let call = [0, 0x41, 1, 0x41, 0, 0x41, 1, 0x41, 8, 0x10, 0, 0x1a, 0x0b];
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    for (section, count, contents) in [
        (
            1,
            2,
            vec![0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0],
        ),
        (2, 1, import),
        (3, 1, vec![1]),
        (5, 1, vec![0, 1]),
        (7, 2, exports),
        (10, 1, [&[length(call.len())][..], &call].concat()),
        (
            11,
            2,
            [data(0, &vector), data(16, text.as_bytes())].concat(),
        ),
    ] {
        module.extend([section, length(contents.len() + 1), count]);
        module.extend(contents);
    }
    module
}

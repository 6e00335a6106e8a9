//! A program for `wasmtime run`: a component, and no handler.

fn main() {
    println!("not a handler");
}

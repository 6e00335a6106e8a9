//! A small stack: so the memory is small enough to be put back as it was.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-link-arg-cdylib=-zstack-size=16384");
}

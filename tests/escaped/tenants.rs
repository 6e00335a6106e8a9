//! What a tenant would look for who has left the sandbox: other tenants, and the server.

use crate::attacks::Attack;
use crate::inside::Scene;
use std::fs;
use std::io;
use std::path::Path;

pub(crate) const ATTACKS: &[(&str, Attack)] = &[
    ("reads another tenant's file", |scene| {
        read(&scene.folder.join("neighbour/secret.txt"))
    }),
    ("lists another tenant's folder", |scene| {
        list(&scene.folder.join("neighbour"))
    }),
    ("lists the deploys", |scene| {
        list(&scene.folder.join("store/local/trees"))
    }),
    ("lists the projects", |scene| {
        list(&scene.folder.join("store/projects"))
    }),
    ("reads what the store is", |scene| {
        read(&scene.folder.join("store/format"))
    }),
    ("reads the key of compiled code", |scene| {
        read(&scene.folder.join("store/local/code/key"))
    }),
    ("puts machine code where it is run", |scene| {
        fs::write(scene.folder.join("store/local/code/new"), "code")
    }),
    ("changes another tenant's file", |scene| {
        fs::write(scene.folder.join("neighbour/secret.txt"), "changed")
    }),
    ("reads the token", |scene| read(&scene.folder.join("token"))),
    ("reads the server's environment", |scene| {
        of_server(scene, "environ")
    }),
    ("reads what the server has mapped", |scene| {
        of_server(scene, "maps")
    }),
    ("opens the server's descriptors", |scene| {
        list(Path::new(&format!("/proc/{}/fd", scene.neighbour.process)))
    }),
    ("lists all processes", |_| list(Path::new("/proc"))),
];

fn of_server(scene: &Scene, name: &str) -> io::Result<()> {
    read(Path::new(&format!(
        "/proc/{}/{name}",
        scene.neighbour.process
    )))
}

fn read(path: &Path) -> io::Result<()> {
    fs::read(path).map(drop)
}

fn list(path: &Path) -> io::Result<()> {
    fs::read_dir(path).map(drop)
}

use super::*;
use rcgen::{CertificateParams, KeyPair};
use std::os::unix::fs::symlink;

fn directory() -> DirectoryUrl {
    "https://ca.example/dir".parse().unwrap()
}

fn opened(folder: &tempfile::TempDir) -> Store {
    Store::open(&folder.path().join("new/store"), &directory()).unwrap()
}

fn domain() -> Domain {
    "a.example".parse().unwrap()
}

fn issued() -> Issued {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([domain().to_string()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    Issued::read(&(key.serialize_pem() + &certificate), &domain()).unwrap()
}

#[test]
fn what_is_kept_is_for_nobody_elses_eyes() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder);
    store.account().unwrap();
    store.keep(&domain(), &issued()).unwrap();
    let _held = store.lock().unwrap().unwrap();
    let files = ["account.json", "a.example.pem", "lock"].map(|it| store.folder.join(it));
    for path in [store.folder.parent().unwrap(), &store.folder] {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o777, 0o700);
    }
    for path in &files {
        assert_eq!(
            fs::metadata(path).unwrap().mode() & 0o777,
            0o600,
            "{path:?}"
        );
    }
    assert_eq!(fs::read_dir(&store.folder).unwrap().count(), files.len());
    for path in files.iter().chain([&store.folder]) {
        let right = fs::metadata(path).unwrap().permissions();
        for mode in [0o640, 0o604, 0o710, 0o702] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
            let folder = folder.path().join("new/store");
            let refused = Store::open(&folder, &directory()).unwrap_err().to_string();
            assert!(refused.contains(&format!("mode is {mode:o}")), "{refused}");
        }
        fs::set_permissions(path, right).unwrap();
    }
    opened(&folder);
}

#[test]
fn what_is_kept_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder);
    let account = store.account().unwrap();
    assert!(account.url.is_none() && store.certificate(&domain()).unwrap().is_none());
    let url = Some("https://ca.example/account/1");
    store.keep_account(&account.key, url).unwrap();
    let issued = issued();
    store.keep(&domain(), &issued).unwrap();
    let again = opened(&folder);
    let found = again.account().unwrap();
    assert_eq!(found.key.thumbprint(), account.key.thumbprint());
    assert_eq!(found.url.as_deref(), url);
    let found = again.certificate(&domain()).unwrap().unwrap();
    assert_eq!(found.pem(), issued.pem());
}

#[test]
fn what_is_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(&folder);
    let key = BASE64_STANDARD.encode("no key");
    for text in ["", "{}", "[]", &format!(r#"{{"key":"{key}"}}"#)] {
        store.write(ACCOUNT, text).unwrap();
        let refused = store.account().err().unwrap();
        assert!(refused.contains("account.json is damaged"), "{refused}");
        store.write("a.example.pem", text).unwrap();
        let refused = store.certificate(&domain()).unwrap_err();
        assert!(refused.contains("a.example.pem can't be used"), "{refused}");
    }
}

/// A neighbour who may write into a folder above could lead elsewhere.
#[test]
fn a_link_in_place_of_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there");
    fs::create_dir(&there).unwrap();
    let link = folder.path().join("link");
    symlink(&there, &link).unwrap();
    let refused = Store::open(&link, &directory()).unwrap_err().to_string();
    assert!(refused.contains("it is a link"), "{refused}");
    assert_eq!(fs::read_dir(&there).unwrap().count(), 0);
}

#[test]
fn one_at_a_time_has_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (opened(&folder), opened(&folder));
    let held = one.lock().unwrap();
    assert!(held.is_some() && other.lock().unwrap().is_none());
    // What a process that is being started has of it.
    let _copy = held.as_ref().unwrap().0.try_clone().unwrap();
    drop(held);
    assert!(other.lock().unwrap().is_some());
}

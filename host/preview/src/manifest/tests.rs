use super::*;
use crate::limits::Limits;

fn manifest(files: &[(&str, u64)]) -> Manifest {
    let entry = |(path, size): &(&str, u64)| {
        let sha256 = Digest::of(path.as_bytes());
        (
            SitePath::new(*path).unwrap(),
            Entry {
                sha256,
                size: *size,
            },
        )
    };
    Manifest {
        project: ProjectName::new("site").unwrap(),
        made: 1,
        message: None,
        ttl: None,
        password: None,
        files: files.iter().map(entry).collect(),
    }
}

fn check(files: &[(&str, u64)]) -> Result<(), String> {
    let limits = SiteLimits {
        files: 4,
        file_size: 100,
        total_size: 150,
        ..Limits::default().usual
    };
    manifest(files)
        .check(&limits)
        .map_err(|error| error.to_string())
}

#[track_caller]
fn refused(files: &[(&str, u64)], wrong: &str) {
    let error = check(files).unwrap_err();
    assert!(error.contains(wrong), "{error}");
}

#[test]
fn what_fits_is_taken() {
    assert_eq!(
        check(&[("a", 0), ("b/a", 100), ("b/c", 50), ("c", 0)]),
        Ok(())
    );
    // Neighbours in the order of bytes that are nobody's folder.
    assert_eq!(
        check(&[("a-", 1), ("a.b", 1), ("a/b", 1), ("aa", 1)]),
        Ok(())
    );
}

#[test]
fn each_limit_names_the_entry() {
    refused(&[], "no files");
    refused(
        &[("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1)],
        "5 files in this deploy, 4",
    );
    refused(
        &[("a", 1), ("b", 101)],
        "\"b\" has 101 bytes, 100 is the most",
    );
    refused(
        &[("a", 75), ("b", 75), ("c", 1)],
        "\"c\" and what comes before it",
    );
    refused(&[("a", u64::MAX)], "\"a\" has 18446744073709551615 bytes");
}

#[test]
fn few_files_in_many_folders_are_too_many_folders() {
    assert_eq!(check(&[("a/b/c", 1), ("a/d/e/f", 1)]), Ok(()));
    refused(
        &[("a/b/c", 1), ("a/d/e/f/g", 1)],
        "in 5 folders, 4 is the most",
    );
}

#[test]
fn sizes_that_overflow_are_too_much() {
    let limits = SiteLimits {
        file_size: u64::MAX,
        total_size: u64::MAX - 1,
        ..Limits::default().most
    };
    let manifest = manifest(&[("a", u64::MAX), ("b", u64::MAX)]);
    assert_eq!(manifest.size(), u64::MAX);
    assert!(manifest.check(&limits).is_err());
}

#[test]
fn no_two_files_can_be_in_each_others_place() {
    refused(
        &[("A.html", 1), ("a.html", 1)],
        "\"A.html\" and \"a.html\" are the same",
    );
    refused(
        &[("É", 1), ("é", 1)],
        "are the same where case doesn't count",
    );
    refused(&[("a", 1), ("a/b", 1)], "\"a\" is a file, so \"a/b\" can't");
    refused(
        &[("a", 1), ("a-b", 1), ("a/b/c/d", 1)],
        "\"a\" is a file, so \"a/b/c/d\"",
    );
    refused(
        &[("A/b/c", 1), ("a/B", 1)],
        "\"a/B\" is a file, so \"A/b/c\"",
    );
}

#[test]
fn one_content_has_one_size() {
    let mut manifest = manifest(&[("a", 1), ("b", 2)]);
    for entry in manifest.files.values_mut() {
        entry.sha256 = Digest::of(b"the same");
    }
    let error = manifest.check(&Limits::default().usual).unwrap_err();
    assert!(matches!(
        error,
        ManifestError::TwoSizes {
            size: 2,
            other: 1,
            ..
        }
    ));
}

#[test]
fn what_is_said_about_it_is_checked() {
    let usual = Limits::default().usual;
    let with = |change: fn(&mut Manifest)| {
        let mut manifest = manifest(&[("a", 1)]);
        change(&mut manifest);
        manifest.check(&usual)
    };
    assert_eq!(with(|m| m.ttl = Some(1)), Ok(()));
    assert_eq!(with(|m| m.ttl = Some(0)), Err(ManifestError::Ttl(0)));
    assert_eq!(
        with(|m| m.ttl = Some(u64::MAX)),
        Err(ManifestError::Ttl(u64::MAX))
    );
    assert_eq!(with(|m| m.message = Some("ä".repeat(512))), Ok(()));
    assert_eq!(
        with(|m| m.message = Some("ä".repeat(513))),
        Err(ManifestError::Message(1026))
    );
    assert_eq!(with(|m| m.password = Some("$2y$10$abc".into())), Ok(()));
    assert_eq!(
        with(|m| m.password = Some("secret".into())),
        Err(ManifestError::Password)
    );
    assert_eq!(
        with(|m| m.password = Some("$2y$\n".into())),
        Err(ManifestError::Password)
    );
    assert_eq!(
        with(|m| m.password = Some("$2".repeat(51))),
        Err(ManifestError::Password)
    );
}

#[test]
fn its_json_is_read_as_it_is_written_and_hostile_json_is_refused() {
    let manifest = manifest(&[("a", 1), ("b/c", 2)]);
    let json = serde_json::to_string(&manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
    let size = |size: &str| json.replace("\"size\":1", &format!("\"size\":{size}"));
    for bad in [
        "-1",
        "18446744073709551616",
        "1e3",
        "1.5",
        "\"1\"",
        "null",
        "1e999",
    ] {
        assert!(
            serde_json::from_str::<Manifest>(&size(bad)).is_err(),
            "{bad}"
        );
    }
    let twice = json.replace("\"b/c\"", "\"a\"");
    assert!(serde_json::from_str::<Manifest>(&twice).is_err());
    let deep = "[".repeat(10_000);
    assert!(serde_json::from_str::<Manifest>(&deep).is_err());
}

//! Work that goes too far, in processes of its own: this program starts itself anew for
//! each, so that there is no test harness here.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

#[cfg(target_os = "linux")]
fn main() {
    if std::env::args().nth(1).as_deref() == Some(linux::WORKSHOP) {
        linux::work();
    } else {
        linux::test();
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsString;
    use std::fs::File;
    use std::io::{self, Write};
    use std::time::Duration;
    use wasm_host_process::{WorkFailure, WorkLimits, Workshop, run_workshop};

    /// How a process is told that it is one of a workshop's.
    pub(super) const WORKSHOP: &str = "workshop";

    const LIMITS: WorkLimits = WorkLimits {
        memory: 64 * 1024 * 1024,
        time: Duration::from_millis(500),
        result: 1024 * 1024,
    };

    pub(super) fn work() {
        if let Err(error) = run_workshop(|| {}, job) {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }

    fn job(name: &str, material: Vec<u8>, result: &mut File) -> io::Result<()> {
        match name {
            "reverse" => {
                result.write_all(&material.into_iter().rev().collect::<Vec<_>>())?;
            }
            "compute" => loop {
                std::hint::spin_loop();
            },
            "sleep" => std::thread::sleep(Duration::MAX),
            "hoard" => loop {
                std::mem::forget(vec![1_u8; 1024 * 1024]);
            },
            "write" => loop {
                result.write_all(&[1; 65536])?;
            },
            "lengthen" => result.set_len(1 << 40)?,
            "chatter" => loop {
                eprintln!("This is said again and again.");
            },
            "give up" => return Err(io::Error::other("this can't be done")),
            "crash" => std::process::abort(),
            "open" => {
                let error = File::open("/etc/passwd").map(drop).unwrap_err();
                write!(result, "{error}")?;
            }
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
        Ok(())
    }

    pub(super) fn test() {
        let program = std::env::current_exe().unwrap();
        let command: Vec<OsString> = vec![program.into(), WORKSHOP.into()];
        for (name, workshop) in [
            ("here", Workshop::new(command.clone())),
            ("there", Workshop::open(&command)),
        ] {
            let workshop = workshop.unwrap();
            does_what_it_can(&workshop);
            stops_what_goes_too_far(&workshop);
            does_what_it_can(&workshop);
            println!("test workshop::{name} ... ok");
        }
        assert!(Workshop::new(Vec::new()).is_err());
        let absent = [OsString::from("/absent/program")];
        assert!(Workshop::open(&absent).is_err());
        let absent = Workshop::new(absent.to_vec()).unwrap();
        let failure = absent.work("reverse", LIMITS, b"").unwrap_err();
        assert!(matches!(failure, WorkFailure::NoWorker(_)), "{failure}");
        println!("test workshop::without_a_program ... ok");
    }

    fn does_what_it_can(workshop: &Workshop) {
        let material: Vec<u8> = (0..=255).cycle().take(1024 * 1024).collect();
        let result = workshop.work("reverse", LIMITS, &material).unwrap();
        assert!(result.iter().rev().eq(&material));
        assert!(workshop.work("reverse", LIMITS, b"").unwrap().is_empty());
        let opened = workshop.work("open", LIMITS, b"").unwrap();
        let opened = String::from_utf8(opened).unwrap();
        assert!(opened.contains("Too many open files"), "{opened}");
    }

    fn stops_what_goes_too_far(workshop: &Workshop) {
        let failure = |job| workshop.work(job, LIMITS, b"").unwrap_err();
        for job in ["compute", "sleep"] {
            assert!(matches!(failure(job), WorkFailure::TimeUp), "{job}");
        }
        assert!(matches!(failure("hoard"), WorkFailure::OutOfMemory));
        for job in ["write", "lengthen"] {
            assert!(matches!(failure(job), WorkFailure::TooLarge), "{job}");
        }
        assert!(matches!(failure("chatter"), WorkFailure::TimeUp));
        let said = failure("give up").to_string();
        assert!(said.contains("this can't be done"), "{said}");
        let said = failure("crash").to_string();
        assert!(said.contains("signal: 6"), "{said}");
        let too_long = "x".repeat(2000);
        let failure = workshop.work(&too_long, LIMITS, b"").unwrap_err();
        let is_refused = matches!(failure, WorkFailure::NoWorker(_) | WorkFailure::Broken(_));
        assert!(is_refused, "{failure}");
    }
}

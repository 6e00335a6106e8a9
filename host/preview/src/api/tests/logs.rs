//! A log is read, and followed.

use super::stage::{Script, Stage};
use crate::api::{Log, Logs};
use crate::names::DeployId;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{Sender, channel};

/// Has two lines, and hands out what sends more.
#[derive(Default)]
pub(crate) struct Scribe(pub(crate) Mutex<Option<Sender<String>>>);

impl Logs for Scribe {
    fn open(&self, _: &DeployId) -> Log {
        let (more, next) = channel(8);
        *self.0.lock().unwrap() = Some(more);
        Log {
            recent: vec!["one".to_owned(), "two\r\nforged".to_owned()],
            next: Some(next),
        }
    }
}

#[test]
fn a_log_ends_unless_it_is_followed() {
    let scribe = Arc::new(Scribe::default());
    let stage = Stage::with(Script {
        logs: scribe.clone(),
        ..Script::default()
    });
    let id = stage.deployed("shop", &[("a", "a")], &json!({}));
    let path = format!("/deploys/{id}/logs");
    let answer = stage.get(&path);
    assert_eq!(answer.status, 200);
    assert!(
        answer.content.contains("one\n") && answer.content.contains("two  forged\n"),
        "{answer:?}"
    );

    let mut socket = stage.connect();
    let head = stage.head("GET", &format!("{path}?follow=true"), "");
    socket.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "two  forged"));
    let more = scribe.0.lock().unwrap().take().unwrap();
    more.blocking_send("three".to_owned()).unwrap();
    assert!(lines.any(|line| line == "three"));
    // The site is gone, and so is its log.
    drop(more);
    assert_eq!(lines.last().as_deref(), Some(""));
    assert_eq!(
        stage.get("/deploys/aaaaaaaaaaaaaaaaaaaaaaaaaa/logs").status,
        404
    );
    assert_eq!(stage.get(&format!("{path}?follow=maybe")).status, 422);
}

/// A client that goes away is noticed by whoever sends.
#[test]
fn a_follower_who_leaves_is_forgotten() {
    let scribe = Arc::new(Scribe::default());
    let stage = Stage::with(Script {
        logs: scribe.clone(),
        ..Script::default()
    });
    let id = stage.deployed("shop", &[("a", "a")], &json!({}));
    let mut socket = stage.connect();
    let head = stage.head("GET", &format!("/deploys/{id}/logs?follow=true"), "");
    socket.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "one"));
    let more = scribe.0.lock().unwrap().take().unwrap();
    drop(lines);
    while more.blocking_send("more".to_owned()).is_ok() {}
}

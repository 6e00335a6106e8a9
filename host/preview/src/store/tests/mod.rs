//! The store against a real folder.

mod aliases;
mod collecting;
mod damage;
mod deploys;
mod objects;
mod opening;
mod quotas;
mod removing;
mod scene;
mod trees;
mod uploads;

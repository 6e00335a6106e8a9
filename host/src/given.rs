//! The options that were given, as opposed to those that have a default: one that
//! can't have an effect is an error, as its user expects what doesn't happen.

use crate::failure::Failure;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};
use std::path::Path;

/// Options that change the responses of the SDK's handlers, the embedded one's
/// among them. A component of `wasi:http` isn't told of them.
const RESPONSES: Mute = Mute {
    options: &[
        "protocol",
        "header",
        "index",
        "no_listing",
        "cors",
        "spa",
        "not_found",
        "not_found_nearest",
        "clean_urls",
        "content_type",
        "precompressed",
        "no_hidden",
        "archives",
    ],
    reason: "a wasi:http component writes its own responses",
};
const SCRIPTS: Mute = Mute {
    options: &["cgi"],
    reason: "a wasi:http component runs no scripts",
};
const UPLOADS: Mute = Mute {
    options: &["upload"],
    reason: "a wasi:http component has no way to take them",
};
const GATEWAY: Mute = Mute {
    options: &["gateway"],
    reason: "a wasi:http component has requests, and no connection",
};
const ISOLATION: Mute = Mute {
    options: &["isolation"],
    reason: "a wasi:http component has a fresh instance for each request, or --instance-reuse",
};
const REUSE: Mute = Mute {
    options: &["instance_reuse"],
    reason: "only wasi:http components have it, and others --isolation",
};

/// Options without effect, by their names in the code, and why.
struct Mute {
    options: &'static [&'static str],
    reason: &'static str,
}

/// Which options were given. In a struct of arguments this comes first: it sees
/// what no field before it has taken.
#[derive(Debug, Default)]
pub(super) struct Given(Vec<String>);

impl Given {
    /// Checks them against the world of the component that is served, the
    /// embedded one if it has no file.
    ///
    /// # Errors
    ///
    /// One has no effect.
    pub(super) fn check(&self, component: Option<&Path>, is_http: bool) -> Result<(), Failure> {
        let mute: &[Mute] = if is_http {
            &[RESPONSES, SCRIPTS, UPLOADS, ISOLATION, GATEWAY]
        } else {
            &[REUSE]
        };
        for Mute { options, reason } in mute {
            if let Some(option) = options.iter().find(|option| self.has(option)) {
                return Err(Failure::NoEffect {
                    option: option.replace('_', "-"),
                    component: component.map_or_else(
                        || "the embedded component".to_owned(),
                        |file| file.display().to_string(),
                    ),
                    reason,
                });
            }
        }
        Ok(())
    }

    /// Whether it was given, by its name in the code.
    pub(super) fn has(&self, option: &str) -> bool {
        self.0.iter().any(|given| given == option)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let typed =
            |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        let typed = matches.ids().filter(typed);
        self.0 = typed.map(ToString::to_string).collect();
        Ok(())
    }
}

/// It has no arguments of its own.
impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::Serve;

    #[test]
    fn options_are_named_as_the_command_line_has_them() {
        let command = Serve::augment_args(Command::new("serve"));
        for Mute { options, .. } in [RESPONSES, SCRIPTS, UPLOADS, ISOLATION, REUSE] {
            for option in options {
                let argument = command
                    .get_arguments()
                    .find(|known| known.get_id() == option);
                let long = argument.and_then(clap::Arg::get_long);
                assert_eq!(long, Some(option.replace('_', "-").as_str()));
            }
        }
    }

    #[test]
    fn only_what_was_typed_was_given() {
        let command = Serve::augment_args(Command::new("serve"));
        let matches = command.get_matches_from(["serve", "--cors", "-p", "HTTP/1.1"]);
        let given = Given::from_arg_matches(&matches).unwrap();
        assert!(given.has("cors") && given.has("protocol"));
        assert!(!given.has("isolation") && !given.has("instance_reuse"));
    }
}

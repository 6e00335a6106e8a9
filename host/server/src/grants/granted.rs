//! What was granted: checked, and open.

use super::error::GrantError;
use super::options::GrantOptions;
use super::outbound::OutboundTarget;
use super::replaceable::{self, Replaceable};
use super::served::Directories;
use crate::keyvalue::KeyValues;
use crate::outbound_sender::OutboundSender;
use std::path::Path;

/// What a handler was granted: checked, and open.
pub(crate) struct Granted {
    /// The directory that is served and those granted.
    pub(crate) directories: Directories,
    pub(crate) environment: Vec<(String, String)>,
    /// The component's name first, as programs expect it.
    pub(crate) arguments: Vec<String>,
    pub(crate) outbound: Vec<OutboundTarget>,
    pub(crate) outbound_sender: Option<OutboundSender>,
    pub(crate) key_values: Option<KeyValues>,
}

impl Granted {
    /// Opens the directory that is served, as `/`, and what was granted. `follows`:
    /// as [`Directories::open`] has it.
    ///
    /// # Errors
    ///
    /// Something of it can't be granted.
    pub(crate) fn open(
        served: &Path,
        options: &GrantOptions,
        program: String,
        replaceable: &[Replaceable],
        follows: bool,
    ) -> Result<Self, GrantError> {
        for directory in &options.directories {
            replaceable::check(directory, replaceable)?;
        }
        let mut arguments = vec![program];
        for argument in &options.arguments {
            if argument.contains('\0') {
                return Err(GrantError::Argument(argument.clone()));
            }
            arguments.push(argument.clone());
        }
        Ok(Self {
            directories: Directories::open(served, &options.directories, follows)?,
            environment: environment(&options.environment)?,
            arguments,
            outbound: options.outbound.clone(),
            outbound_sender: options.outbound_sender.clone(),
            key_values: options.key_values.clone(),
        })
    }
}

fn environment(given: &[(String, String)]) -> Result<Vec<(String, String)>, GrantError> {
    let mut variables: Vec<(String, String)> = Vec::with_capacity(given.len());
    for (name, value) in given {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(GrantError::Variable(name.clone()));
        }
        variables.retain(|(other, _)| other != name);
        variables.push((name.clone(), value.clone()));
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::environment;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn of_two_variables_with_a_name_the_last_counts() {
        let given = [pair("A", "1"), pair("B", "2"), pair("A", "3")];
        let variables = environment(&given).expect("well-formed");
        assert_eq!(variables, [pair("B", "2"), pair("A", "3")]);
    }

    #[test]
    fn a_variable_cannot_smuggle_another() {
        for (name, value) in [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0B=y")] {
            assert!(environment(&[pair(name, value)]).is_err(), "{name:?}");
        }
    }
}

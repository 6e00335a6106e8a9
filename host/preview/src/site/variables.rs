//! Variables that a site's code finds in its environment.

use crate::names::VariableName;

/// How many a site may have.
const MOST: usize = 64;

/// How long a name and its value may be together, in bytes.
const LONGEST: usize = 8 * 1024;

/// The variables of a site.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(pub(super) Vec<(String, String)>);

impl Variables {
    pub(super) fn has(&self, name: &VariableName) -> bool {
        self.0.iter().any(|(other, _)| other == name.as_str())
    }

    /// Adds one.
    ///
    /// # Errors
    ///
    /// Why it can't be one.
    pub(super) fn add(&mut self, name: &str, value: &str) -> Result<(), String> {
        VariableName::new(name).map_err(|error| format!("env: {error}"))?;
        if value.contains('\0') {
            return Err(format!("env: the value of {name} has a NUL; leave it out"));
        }
        if name.len() + value.len() > LONGEST {
            return Err(format!(
                "env: {name} and its value have more than {LONGEST} bytes; put it into a file of the site"
            ));
        }
        if self.0.len() == MOST {
            return Err(format!(
                "env: there are more than {MOST} variables; leave some out"
            ));
        }
        self.0.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_variables() {
        let mut variables = Variables::default();
        for (name, value, is_one) in [
            ("GREETING", "hello", true),
            ("_a1", "", true),
            ("", "x", false),
            ("1A", "x", false),
            ("A-B", "x", false),
            ("A=B", "x", false),
            ("\u{c4}", "x", false),
            ("A", "a\0b", false),
            ("A", &"x".repeat(LONGEST), false),
        ] {
            assert_eq!(variables.add(name, value).is_ok(), is_one, "{name:?}");
        }
        assert_eq!(variables.0.len(), 2);
        let more = (0..MOST).filter(|number| variables.add(&format!("N{number}"), "").is_ok());
        assert_eq!(more.count(), MOST - 2);
    }
}

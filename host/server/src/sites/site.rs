//! One site.

use crate::error::Error;
use crate::grants::SiteDirectory;
use crate::responses::ResponseOptions;
use crate::rule_parts::RuleParts;
use std::any::Any;
use std::fmt;
use std::path::Path;

/// A site: a directory that never changes, and how it is served.
pub struct Site {
    name: String,
    pub(crate) directory: SiteDirectory,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) rules: RuleParts,
    context: Option<Box<dyn Any + Send + Sync>>,
}

impl Site {
    /// Opens a site's directory. Nothing in it may be changed from here on, ever: that a
    /// name leads to the same file says that it is the same content, and clients are
    /// told so. The log knows the site by `name`.
    ///
    /// # Errors
    ///
    /// It isn't a directory that can be read.
    pub fn open(
        name: impl Into<String>,
        directory: impl AsRef<Path>,
        responses: &ResponseOptions,
    ) -> Result<Self, Error> {
        Ok(Self {
            name: name.into(),
            directory: SiteDirectory::open(directory.as_ref())?,
            settings: responses.settings(),
            rules: responses.rules.clone().unwrap_or_default(),
            context: None,
        })
    }

    /// Keeps what the program knows of the site, for [`context`](Self::context).
    #[must_use]
    pub fn with_context(mut self, context: impl Any + Send + Sync) -> Self {
        self.context = Some(Box::new(context));
        self
    }

    /// What the program knows of the site. None: nothing of this type.
    pub fn context<T: Any>(&self) -> Option<&T> {
        self.context.as_ref()?.downcast_ref()
    }

    /// What the log knows it by.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Site");
        shown.field("name", &self.name).finish_non_exhaustive()
    }
}

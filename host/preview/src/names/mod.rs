//! Names of projects, aliases, deploys and files: what each may be.

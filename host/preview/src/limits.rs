//! How much a deploy and a project may have.

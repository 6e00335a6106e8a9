//! The API to deploy to, under `/api/v1/` of the bare domain.

//! The four instance metadata services.

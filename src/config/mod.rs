//! The repository's configuration, `.keyhound.toml`.

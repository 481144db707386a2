//! Keys, made when a test runs: no file of this repository holds a whole one.

use sha2::{Digest, Sha256};

/// A live key of `MediaMagic`'s published form; another one for each number.
pub(crate) fn live(number: u8) -> String {
    format!("{}_{}", ["sk", "live"].join("_"), body(number))
}

/// A sandbox key of `MediaMagic`'s published form; another one for each number.
pub(crate) fn sandbox(number: u8) -> String {
    format!("{}_{}", ["sk", "test"].join("_"), body(number))
}

/// A live key whose body is so short and plain that it is reported at low confidence only.
pub(crate) fn doubtful() -> String {
    format!("{}_{}", ["sk", "live"].join("_"), "Zt9KqW3xLb7V")
}

/// A random value that an `X-API-Key` header could have.
pub(crate) fn header_value() -> String {
    body(0)[..32].to_owned()
}

/// 64 hexadecimal digits, evenly spread.
fn body(number: u8) -> String {
    let bytes = Sha256::digest([number]);
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

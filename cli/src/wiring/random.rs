//! Randomness fit for secrets.

use berth_api::Random;

/// The system's random generator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // A system that cannot give random bytes cannot keep a secret either: ending is the only safe answer.
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        bytes
    }
}

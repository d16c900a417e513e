//! BLAKE2b-512 (RFC 7693) whose state can be stored, as snarkjs does in the records of phase 1.
//!
//! A record keeps the state of the response's hash before the contributor's public keys, so that a reader can compute
//! the hash without the points. The crate `blake2` hides its state. What BLAKE2 shares with BLAKE is in `blake512`.

use crate::blake512::{CELLS, ORDERS, START};
use crate::ceremony::keypair::Hash;

const BLOCK: usize = 128;
const ROUNDS: usize = 12;
pub const STATE_BYTES: usize = 216;

#[derive(Clone)]
pub struct Blake2b {
    state: [u64; 8],
    /// The last bytes, at most one block: the last block is marked, so it waits for further bytes or the end.
    block: [u8; BLOCK],
    used: usize,
    /// The number of bytes before `block`.
    hashed: u64,
}

impl Blake2b {
    pub fn new() -> Self {
        let mut state = START;
        // 64 bytes of output, no key, sequential.
        state[0] ^= 0x0101_0040;
        Blake2b { state, block: [0; BLOCK], used: 0, hashed: 0 }
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.used == BLOCK {
                self.hashed += BLOCK as u64;
                compress(&mut self.state, &self.block, self.hashed, false);
                self.used = 0;
            }
            let count = bytes.len().min(BLOCK - self.used);
            let (head, tail) = bytes.split_at(count);
            self.block[self.used..self.used + count].copy_from_slice(head);
            self.used += count;
            bytes = tail;
        }
    }

    pub fn finalize(mut self) -> Hash {
        self.block[self.used..].fill(0);
        compress(&mut self.state, &self.block, self.hashed + self.used as u64, true);
        let mut out = [0; 64];
        for (bytes, word) in out.chunks_exact_mut(8).zip(self.state) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        out
    }

    /// Returns the number of bytes hashed.
    pub fn length(&self) -> u64 {
        self.hashed + self.used as u64
    }

    /// Returns the block, the state, the number of bytes before the block and in it, and eight zeros.
    pub fn to_bytes(&self) -> [u8; STATE_BYTES] {
        let mut out = [0; STATE_BYTES];
        out[..self.used].copy_from_slice(&self.block[..self.used]);
        let words = self.state.into_iter().chain([self.hashed, self.used as u64]);
        for (bytes, word) in out[BLOCK..].chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        out
    }

    /// Reads a state; None if it is not one between two updates. Bytes of the block that are not used are ignored.
    pub fn from_bytes(bytes: &[u8; STATE_BYTES]) -> Option<Self> {
        let word = |i: usize| {
            let start = BLOCK + 8 * i;
            u64::from_le_bytes(bytes[start..start + 8].try_into().expect("eight bytes"))
        };
        let (hashed, used) = (word(8), word(9));
        let possible = used <= BLOCK as u64 && hashed % BLOCK as u64 == 0 && hashed <= 1 << 60;
        possible.then(|| Blake2b {
            state: std::array::from_fn(word),
            block: bytes[..BLOCK].try_into().expect("a block"),
            used: used as usize,
            hashed,
        })
    }
}

fn compress(state: &mut [u64; 8], block: &[u8; BLOCK], bytes: u64, last: bool) {
    let mut words = [0u64; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(8)) {
        *word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    }
    let mut v = [0u64; 16];
    v[..8].copy_from_slice(state);
    v[8..].copy_from_slice(&START);
    v[12] ^= bytes;
    if last {
        v[14] = !v[14];
    }
    for round in 0..ROUNDS {
        let order = &ORDERS[round % ORDERS.len()];
        for (i, [a, b, c, d]) in CELLS.into_iter().enumerate() {
            v[a] = v[a].wrapping_add(v[b]).wrapping_add(words[order[2 * i]]);
            v[d] = (v[d] ^ v[a]).rotate_right(32);
            v[c] = v[c].wrapping_add(v[d]);
            v[b] = (v[b] ^ v[c]).rotate_right(24);
            v[a] = v[a].wrapping_add(v[b]).wrapping_add(words[order[2 * i + 1]]);
            v[d] = (v[d] ^ v[a]).rotate_right(16);
            v[c] = v[c].wrapping_add(v[d]);
            v[b] = (v[b] ^ v[c]).rotate_right(63);
        }
    }
    for (i, word) in state.iter_mut().enumerate() {
        *word ^= v[i] ^ v[i + 8];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blake2::{Blake2b512, Digest};

    #[test]
    fn agrees_with_another_implementation_and_continues_a_stored_state() {
        let message: Vec<u8> = (0..1000u32).map(|i| (i * i) as u8).collect();
        for length in [0, 1, 127, 128, 129, 255, 256, 257, 1000] {
            let expected: Hash = Blake2b512::digest(&message[..length]).into();
            for cut in [0, 1, 128, 200, 256, 700] {
                let (head, tail) = message[..length].split_at(cut.min(length));
                let mut hasher = Blake2b::new();
                hasher.update(head);
                let mut hasher = Blake2b::from_bytes(&hasher.to_bytes()).expect("a state");
                assert_eq!(hasher.length(), head.len() as u64);
                hasher.update(tail);
                assert_eq!(hasher.finalize(), expected);
            }
        }
    }

    #[test]
    fn impossible_states_are_refused() {
        let mut state = Blake2b::new().to_bytes();
        state[BLOCK + 72] = 129;
        assert!(Blake2b::from_bytes(&state).is_none());
        state = Blake2b::new().to_bytes();
        state[BLOCK + 64] = 1;
        assert!(Blake2b::from_bytes(&state).is_none());
    }
}

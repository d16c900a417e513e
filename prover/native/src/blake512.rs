//! BLAKE-512 without salt, the hash that circomlibjs derives EdDSA keys with; BLAKE2 is another function.
//!
//! Aumasson, Henzen, Meier, Phan, "SHA-3 proposal BLAKE", version 1.3 (2010), section 2.3. The crate `blake-hash` has
//! it too, but leaves the secret in memory, depends on superseded versions of `digest` and `block-buffer`, and has had
//! no release since 2022; `blake` wraps C code.

use zeroize::Zeroize;

const BLOCK: usize = 128;
const ROUNDS: usize = 16;

/// The initial state, that of SHA-512.
pub(crate) const START: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];

/// The first digits of pi's fractional part.
const CONSTANTS: [u64; 16] = [
    0x243f6a8885a308d3,
    0x13198a2e03707344,
    0xa4093822299f31d0,
    0x082efa98ec4e6c89,
    0x452821e638d01377,
    0xbe5466cf34e90c6c,
    0xc0ac29b7c97c50dd,
    0x3f84d5b5b5470917,
    0x9216d5d98979fb1b,
    0xd1310ba698dfb5ac,
    0x2ffd72dbd01adfb7,
    0xb8e1afed6a267e96,
    0xba7c9045f12c7f99,
    0x24a19947b3916cf7,
    0x0801f2e2858efc16,
    0x636920d871574e69,
];

/// The order of the message's words by round, mod 10.
pub(crate) const ORDERS: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// The columns of the state, then its diagonals.
pub(crate) const CELLS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// Writes the hash of a message, and wipes what it computed with.
pub fn blake512(message: &[u8], digest: &mut [u8; 64]) {
    // A one, zeros and a one up to 16 bytes before the end of a block, then the number of bits.
    let blocks = (message.len() + 17).div_ceil(BLOCK);
    let mut padded = vec![0u8; blocks * BLOCK];
    let end = padded.len() - 17;
    padded[..message.len()].copy_from_slice(message);
    padded[message.len()] |= 0x80;
    padded[end] |= 0x01;
    padded[end + 1..].copy_from_slice(&(8 * message.len() as u128).to_be_bytes());
    let mut state = START;
    for (number, block) in padded.chunks_exact(BLOCK).enumerate() {
        // The bits of the message up to the end of the block; none if the block contains padding alone.
        let start = number * BLOCK;
        let bytes = if start < message.len() { message.len().min(start + BLOCK) } else { 0 };
        compress(&mut state, block, 8 * bytes as u128);
    }
    for (bytes, word) in digest.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    padded.zeroize();
    state.zeroize();
}

fn compress(state: &mut [u64; 8], block: &[u8], bits: u128) {
    let mut words = [0u64; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(8)) {
        *word = u64::from_be_bytes(bytes.try_into().expect("eight bytes"));
    }
    let (low, high) = (bits as u64, (bits >> 64) as u64);
    let mut v = [0u64; 16];
    v[..8].copy_from_slice(state);
    v[8..].copy_from_slice(&CONSTANTS[..8]);
    for (word, counter) in v[12..].iter_mut().zip([low, low, high, high]) {
        *word ^= counter;
    }
    for round in 0..ROUNDS {
        let order = &ORDERS[round % ORDERS.len()];
        for (cells, pair) in CELLS.iter().zip(order.chunks_exact(2)) {
            let (x, y) = (pair[0], pair[1]);
            mix(&mut v, cells, words[x] ^ CONSTANTS[y], words[y] ^ CONSTANTS[x]);
        }
    }
    for (i, word) in state.iter_mut().enumerate() {
        *word ^= v[i] ^ v[i + 8];
    }
    words.zeroize();
    v.zeroize();
}

fn mix(v: &mut [u64; 16], &[a, b, c, d]: &[usize; 4], first: u64, second: u64) {
    for (word, turn, back) in [(first, 32, 25), (second, 16, 11)] {
        v[a] = v[a].wrapping_add(v[b]).wrapping_add(word);
        v[d] = (v[d] ^ v[a]).rotate_right(turn);
        v[c] = v[c].wrapping_add(v[d]);
        v[b] = (v[b] ^ v[c]).rotate_right(back);
    }
}

#[cfg(test)]
mod tests {
    use super::blake512;

    fn hex(message: &[u8]) -> String {
        let mut digest = [0u8; 64];
        blake512(message, &mut digest);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    // Of the submission: one block, and two.
    #[test]
    fn published_vectors() {
        assert_eq!(
            hex(&[0]),
            "97961587f6d970faba6d2478045de6d1fabd09b61ae50932054d52bc29d31be4\
             ff9102b9f69e2bbdb83be13d4b9c06091e5fa0b48bd081b634058be0ec49beb3"
        );
        assert_eq!(
            hex(&[0; 144]),
            "313717d608e9cf758dcb1eb0f0c3cf9fc150b2d500fb33f51c52afc99d358a2f\
             1374b8a38bba7974e7f6ef79cab16f22ce1e649d6e01ad9589c213045d545dde"
        );
    }
}

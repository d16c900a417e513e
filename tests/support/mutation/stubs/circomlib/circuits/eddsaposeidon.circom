pragma circom 2.2.0;

// Stands for circomlib's verifier where only the wiring around it is tested: another equation that a key, a message and
// a signature satisfy. It can be forged, and needs no curve.
//
//   S = (Ax + 2 * Ay + 3 * R8x + 4 * R8y + 5 * M)^2
template EdDSAPoseidonVerifier() {
    signal input enabled;
    signal input Ax;
    signal input Ay;
    signal input S;
    signal input R8x;
    signal input R8y;
    signal input M;

    var root = Ax + 2 * Ay + 3 * R8x + 4 * R8y + 5 * M;
    signal square <== root * root;
    enabled * (S - square) === 0;
}

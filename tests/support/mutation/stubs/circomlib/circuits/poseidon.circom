pragma circom 2.2.0;

// Stands for circomlib's Poseidon where only the wiring around it is tested: it compiles in a fraction of the time.
//
//   out = (sum_i (i + 1) * inputs[i] + N)^2 + sum_i 7 * (i + 2)^2 * inputs[i]
template Poseidon(N) {
    signal input inputs[N];
    signal output out;

    var root = N;
    var rest = 0;
    for (var i = 0; i < N; i++) {
        root += (i + 1) * inputs[i];
        rest += 7 * (i + 2) ** 2 * inputs[i];
    }
    out <== root * root + rest;
}

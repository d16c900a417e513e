pragma circom 2.2.0;

// Stands for the multiplication of a constant point: each coordinate times the scalar.
template EscalarMulFix(n, BASE) {
    signal input e[n];
    signal output out[2];

    var scalar = 0;
    for (var i = 0; i < n; i++) {
        scalar += e[i] * (1 << i);
    }
    out[0] <== BASE[0] * scalar;
    out[1] <== BASE[1] * scalar;
}

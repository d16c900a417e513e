pragma circom 2.2.0;

// Stands for the multiplication of a point: each coordinate times the scalar.
template EscalarMulAny(n) {
    signal input e[n];
    signal input p[2];
    signal output out[2];

    var scalar = 0;
    for (var i = 0; i < n; i++) {
        scalar += e[i] * (1 << i);
    }
    out[0] <== p[0] * scalar;
    out[1] <== p[1] * scalar;
}

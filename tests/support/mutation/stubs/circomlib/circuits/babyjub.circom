pragma circom 2.2.0;

// As circomlib's, whose file includes the multiplication of points, for which another stub stands.
template BabyCheck() {
    signal input x;
    signal input y;

    signal x2 <== x * x;
    signal y2 <== y * y;
    168700 * x2 + y2 === 1 + 168696 * x2 * y2;
}

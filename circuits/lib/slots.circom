pragma circom 2.2.0;

// Three signed slots of a packed value:
//
//   packed = slot[0] + slot[1] * 2^84 + slot[2] * 2^168   (mod r)
//
// The caller shows that each slot lies in an interval that is shorter than 2^84 and inside (-2^84, 2^84). Then the split is
// unique: two of them differ by d[j] with |d[j]| < 2^84 and sum d[j] * 2^(84j) = 0 mod r; that sum is below 2^253 < r in
// size, so it is 0, and d[0], d[1], d[2] in turn are multiples of 2^84 below 2^84: all 0.
template Slots() {
    signal input packed;   // field element
    signal output slot[3]; // signed

    var HALF = 1 << 83;
    var MASK = (1 << 84) - 1;
    var shifted = packed + HALF + (HALF << 84) + (HALF << 168);
    for (var j = 0; j < 3; j++) {
        slot[j] <-- ((shifted >> (84 * j)) & MASK) - HALF;
    }
    packed === slot[0] + slot[1] * (1 << 84) + slot[2] * (1 << 168);
}

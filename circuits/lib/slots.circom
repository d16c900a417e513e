pragma circom 2.2.0;

// The three signed slots of a packed value.
//
//   packed = slot[0] + slot[1] * 2^84 + slot[2] * 2^168   (mod r)
//
// The caller must check that each slot is in an interval that is shorter than 2^84 and lies inside (-2^84, 2^84). Then
// the split is unique. Two splits differ by d[j] with |d[j]| < 2^84 and sum d[j] * 2^(84j) = 0 mod r. That sum is below
// 2^253 < r in size, so it is 0 as an integer. Then d[0] is a multiple of 2^84 and below 2^84 in size, so it is 0, and
// so are d[1] and d[2] in turn.
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

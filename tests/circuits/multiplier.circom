pragma circom 2.2.0;

// The smallest circuit with something of everything: the prover knows a factor of the public output.
//
//   product = factor * cofactor        and        factor != 1, cofactor != 1
//
// Public:  product (output), cofactor (input).   Private: factor.

template Multiplier() {
    signal input factor;    // field element
    signal input cofactor;  // field element
    signal output product;  // field element

    // A quotient exists exactly when its divisor is not zero.
    signal factorInverse <-- factor == 1 ? 0 : 1 / (factor - 1);
    (factor - 1) * factorInverse === 1;
    signal cofactorInverse <-- cofactor == 1 ? 0 : 1 / (cofactor - 1);
    (cofactor - 1) * cofactorInverse === 1;

    product <== factor * cofactor;
}

component main {public [cofactor]} = Multiplier();

pragma circom 2.2.0;

// The quotient of two field elements.
//
//   quotient * divisor = dividend
//
// With divisor 0 there is a witness only if dividend is 0, and then any quotient passes: the caller must give a reason
// why divisor is not 0.
template Quotient() {
    signal input dividend;  // field element
    signal input divisor;   // field element, not 0
    signal output quotient; // field element

    quotient <-- divisor == 0 ? 0 : dividend / divisor;
    quotient * divisor === dividend;
}

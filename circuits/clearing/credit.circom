pragma circom 2.2.0;

include "../lib/range.circom";
include "../lib/select.circom";

function CASH_ASSET() { return 8; }

// What an account has after a deposit.
//
//   asset 0..7    amounts[asset] + amount
//   asset 8       cash + amount
//
// With enabled = 0 nothing changes. The amount has 64 bits and the new amount is checked to have 64, so it does not
// wrap; the caller checks the cash.
template Credited() {
    signal input enabled;       // bit
    signal input asset;         // 0..8
    signal input amount;        // 1e-6 of the asset, unsigned 64 bits
    signal input amounts[8];    // 1e-6 of the asset, unsigned 64 bits
    signal output changed[8];   // 1e-6 of the asset, unsigned 64 bits
    signal output cash;         // micro-quote, to be added

    Unsigned(64)(amount);
    signal chosen[9] <== OneHot(9)(asset);
    signal collateral[8];
    for (var c = 0; c < 8; c++) {
        collateral[c] <== chosen[c];
    }
    signal credited <== enabled * amount;
    signal held <== Pick(8)(collateral, amounts);
    Unsigned(64)(held + credited);
    changed <== Change(8)(collateral, amounts, credited);
    cash <== chosen[CASH_ASSET()] * credited;
}

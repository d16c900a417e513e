pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "../account/opening.circom";
include "../lib/digest.circom";
include "../lib/merkle.circom";
include "../lib/quotient.circom";
include "../margin/health.circom";
include "../margin/row.circom";
include "../margin/shape.circom";
include "../margin/snapshot.circom";
include "challenges.circom";
include "claims.circom";
include "octet.circom";
include "sufficient.circom";

// The key of a position and of a row's side: floor and add-on depend on the side.
function lookup_key(id, short) { return 2 * id + short; }

// Rows of the risk table, and the lots of all accounts in them.
bus TableRows(ELEMENTS, OCTETS, SINGLES) {
    signal octet[OCTETS + SINGLES];              // unsigned 12 bits: id \ 8 of a group's rows
    signal leaves[OCTETS + SINGLES][8];          // the leaves of the octet
    signal children[OCTETS + SINGLES][3][8];     // path of the leaves' parent, lowest level first
    Row(ELEMENTS) row[8 * OCTETS + SINGLES];
    signal weighted[8 * OCTETS + SINGLES][2];    // field elements: see UsedRow
}

// The claims of all accounts are what their positions add up to under the rows of a snapshot, each row authenticated
// once for all accounts. docs/health-batches.md gives the construction and why it is sound.
//
//   claimChallenge x = hash(accounts, snapshotRoot, claims)
//   keyChallenge     = hash(x, ids of the rows, weighted)
//
//   sum_a w^a sum_i lots / (keyChallenge - key)  =  sum_rows, sides weighted / (keyChallenge - key)
//   sum_a w^a (weighted sum of a's claims)       =  sum_rows, sides weighted * (what one lot adds)
//
// w = x^(8 STRIDE) is the weight of the next account: see Weights.
//
// Rows come in octets of neighbours and one by one: the octets' rows come first, then the single ones.
template Lookup(ACCOUNTS, SHAPE, OCTETS, SINGLES) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);
    var GROUPS = OCTETS + SINGLES;
    var ROWS = 8 * OCTETS + SINGLES;

    signal input accounts;                         // field element that determines the commitments of all accounts
    signal input snapshotRoot;                     // field element
    signal input underlyingRoots[8];               // children of the table's root, which snapshotRoot determines
    input SlotList(POSITIONS) slots[ACCOUNTS];
    input Claims(LANES, ELEMENTS) claims[ACCOUNTS];
    signal input short[ACCOUNTS][POSITIONS];       // bits
    signal input lane[ACCOUNTS][LANES][3];         // bits of the claims' underlyings
    signal input place[SINGLES];                   // 0..7: id % 8 of a single row
    input TableRows(ELEMENTS, OCTETS, SINGLES) rows;

    // The rows.
    signal underlying[GROUPS][3];
    signal placeBits[SINGLES][3];
    signal chosen[SINGLES];
    var first[GROUPS];
    for (var g = 0; g < GROUPS; g++) {
        underlying[g] <== Octet()(rows.octet[g], rows.leaves[g], rows.children[g], underlyingRoots);
        first[g] = 8 * rows.octet[g];
    }
    for (var s = 0; s < SINGLES; s++) {
        placeBits[s] <== Num2Bits(3)(place[s]);
        chosen[s] <== Child()(rows.leaves[OCTETS + s], placeBits[s]);
        first[OCTETS + s] += place[s];
    }
    for (var r = 0; r < ROWS; r++) {
        if (r < 8 * OCTETS) {
            UsedRow(ELEMENTS)(rows.weighted[r], rows.leaves[r \ 8][r % 8], rows.row[r]);
        } else {
            UsedRow(ELEMENTS)(rows.weighted[r], chosen[r - 8 * OCTETS], rows.row[r]);
        }
    }

    // The lots of all positions are those of the rows, key by key and account by account.
    signal claimChallenge <== ClaimChallenge(ACCOUNTS, LANES, ELEMENTS)(accounts, snapshotRoot, claims);
    signal keyChallenge <== KeyChallenge(GROUPS, ROWS)(claimChallenge, first, rows.weighted);
    Weights(ELEMENTS) weights;
    signal accountWeight;
    (weights, accountWeight) <== WeightsOf(ELEMENTS)(claimChallenge);
    signal ofPosition[ACCOUNTS][POSITIONS];
    var ofAccount[ACCOUNTS]; // all 0
    for (var a = 0; a < ACCOUNTS; a++) {
        for (var i = 0; i < POSITIONS; i++) {
            ofPosition[a][i] <== Quotient()(slots[a].lots[i], keyChallenge - lookup_key(slots[a].id[i], short[a][i]));
            ofAccount[a] += ofPosition[a][i];
        }
    }
    signal ofRow[ROWS][2];
    var ofRows = 0;
    for (var r = 0; r < ROWS; r++) {
        var rowId = r < 8 * OCTETS ? first[r \ 8] + r % 8 : first[r - 7 * OCTETS];
        for (var side = 0; side < 2; side++) {
            ofRow[r][side] <== Quotient()(rows.weighted[r][side], keyChallenge - lookup_key(rowId, side));
            ofRows += ofRow[r][side];
        }
    }
    signal ofPositions <== Horner(ACCOUNTS)(ofAccount, accountWeight);
    ofPositions === ofRows;

    // The claims are what these lots add up to under the rows.
    signal ofClaims[ACCOUNTS];
    for (var a = 0; a < ACCOUNTS; a++) {
        ofClaims[a] <== WeightedClaims(SHAPE)(weights, lane[a], claims[a].sums, claims[a].floor, claims[a].charge);
    }
    signal values[ROWS];
    var valued = 0;
    for (var r = 0; r < ROWS; r++) {
        var g = r < 8 * OCTETS ? r \ 8 : r - 7 * OCTETS;
        values[r] <== WeightedRow(ELEMENTS)(weights, underlying[g], rows.weighted[r], rows.row[r]);
        valued += values[r];
    }
    signal claimedInAll <== Horner(ACCOUNTS)(ofClaims, accountWeight);
    claimedInAll === valued;
}

// The statement of HealthByPaths (paths.circom), with rows looked up. The inputs of rows are those of Lookup.
// Public signals, in order: digest, accounts, snapshotRoot, requirementBps, z.
template HealthByLookup(ACCOUNTS, SHAPE, OCTETS, SINGLES) {
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);

    signal input requirementBps;                   // public, 1/10000, unsigned 20 bits
    signal input z;                                // public, field element

    input Opening() opening[ACCOUNTS];
    input SlotList(POSITIONS) slots[ACCOUNTS];
    input Claims(LANES, ELEMENTS) claims[ACCOUNTS];

    signal input prices[8];                        // micro-quote per whole asset after haircut, unsigned 64 bits
    signal input paramsHash;                       // field element
    signal input timestamp;                        // seconds
    signal input underlyingRoots[8];               // children of the table's root

    signal input octet[OCTETS + SINGLES];          // these are a bus TableRows, and Lookup's place
    signal input place[SINGLES];
    signal input leaves[OCTETS + SINGLES][8];
    signal input children[OCTETS + SINGLES][3][8];
    input Row(ELEMENTS) row[8 * OCTETS + SINGLES];
    signal input weighted[8 * OCTETS + SINGLES][2];

    signal output digest;                          // field element
    signal output accounts;                        // field element
    signal output snapshotRoot;                    // field element

    // The snapshot, and the accounts with their claims.
    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    Prices()(prices);
    signal commitment[ACCOUNTS];
    signal short[ACCOUNTS][POSITIONS];
    signal lane[ACCOUNTS][LANES][3];
    Value() value[ACCOUNTS];
    for (var a = 0; a < ACCOUNTS; a++) {
        (commitment[a], short[a], lane[a], value[a]) <== Claimed(SHAPE)(opening[a], slots[a], claims[a], prices);
        Sufficient()(value[a], requirementBps);
    }
    digest <== Digest(ACCOUNTS)(commitment);
    accounts <== Horner(ACCOUNTS)(commitment, z);

    TableRows(ELEMENTS, OCTETS, SINGLES) rows;
    rows.octet <== octet;
    rows.leaves <== leaves;
    rows.children <== children;
    rows.row <== row;
    rows.weighted <== weighted;
    Lookup(ACCOUNTS, SHAPE, OCTETS, SINGLES)(digest, snapshotRoot, underlyingRoots, slots, claims, short, lane, place, rows);
}

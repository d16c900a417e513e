pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "../account/opening.circom";
include "../health/claims.circom";
include "../health/lookup.circom";
include "../lib/digest.circom";
include "../margin/health.circom";
include "../margin/shape.circom";
include "../margin/snapshot.circom";
include "sums.circom";

// I know accounts that open the leaves below `nodes`, and sums that open `before`. With the sums of these accounts added,
// valued with the risk data that `snapshotRoot` commits to, they open `after`. No account has an instrument twice.
//
//   nodes[n]      = Poseidon(commitment[8n .. 8n + 7]): the nodes of a tree's first level
//   before, after = Poseidon(sums, blind)
//
// Proofs of all accounts in a row show their sums: the `before` of each is the `after` of the one before it, the first
// is of nothing, and the last is opened. docs/solvency.md says what follows from the sums. Nothing is asserted of
// health: unhealthy accounts are counted. Rows are looked up as in health/lookup.circom.
//
// Public signals, in order: nodes, before, after, snapshotRoot, requirementBps, x.
template Solvency(ACCOUNTS, SHAPE, OCTETS, SINGLES) {
    assert(ACCOUNTS % 8 == 0);
    var LANES = lanes_of(SHAPE);
    var POSITIONS = positions_of(SHAPE);
    var ELEMENTS = elements_of(SHAPE);
    var NODES = ACCOUNTS \ 8;

    signal input requirementBps;      // public, 1/10000, unsigned 20 bits
    signal input x;                   // public, field element, not known before all accounts: see LotsValue

    input Opening() opening[ACCOUNTS];
    input SlotList(POSITIONS) slots[ACCOUNTS];
    input Claims(LANES, ELEMENTS) claims[ACCOUNTS];
    input Sums() sums;                // over the accounts of the proofs before this one
    signal input blind[2];            // field elements: of before and after

    signal input prices[8];           // micro-quote per whole asset after haircut, unsigned 64 bits
    signal input paramsHash;          // field element
    signal input timestamp;           // seconds
    signal input underlyingRoots[8];  // children of the table's root

    signal input octet[OCTETS + SINGLES];      // these are a bus TableRows, and Lookup's place
    signal input place[SINGLES];
    signal input leaves[OCTETS + SINGLES][8];
    signal input children[OCTETS + SINGLES][3][8];
    input Row(ELEMENTS) row[8 * OCTETS + SINGLES];
    signal input weighted[8 * OCTETS + SINGLES][2];

    signal output nodes[NODES];       // field elements
    signal output before;             // field element
    signal output after;              // field element
    signal output snapshotRoot;       // field element

    // The accounts, and the sums with them.
    snapshotRoot <== SnapshotRoot()(underlyingRoots, prices, paramsHash, timestamp);
    Prices()(prices);
    signal commitment[ACCOUNTS];
    signal short[ACCOUNTS][POSITIONS];
    signal lane[ACCOUNTS][LANES][3];
    Value() value[ACCOUNTS];
    signal healthy[ACCOUNTS];
    Sums() of[ACCOUNTS];
    Sums() running[ACCOUNTS + 1];
    running[0] <== sums;
    for (var a = 0; a < ACCOUNTS; a++) {
        (commitment[a], short[a], lane[a], value[a]) <== Claimed(SHAPE)(opening[a], slots[a], claims[a], prices);
        healthy[a] <== Healthy()(value[a].equity, value[a].requirement, requirementBps);
        of[a].unhealthy <== 1 - healthy[a];
        of[a].deficit <== Deficit()(value[a].equity);
        of[a].cash <== opening[a].cash;
        of[a].amounts <== opening[a].amounts;
        of[a].lots <== LotsValue(POSITIONS)(slots[a].id, slots[a].lots, x);
        running[a + 1] <== Added()(running[a], of[a]);
    }
    before <== SumsHash()(running[0], blind[0]);
    after <== SumsHash()(running[ACCOUNTS], blind[1]);

    // Their place in the tree, and their rows.
    for (var n = 0; n < NODES; n++) {
        var eight[8];
        for (var i = 0; i < 8; i++) {
            eight[i] = commitment[8 * n + i];
        }
        nodes[n] <== Poseidon(8)(eight);
    }
    signal accounts <== Digest(NODES)(nodes);
    TableRows(ELEMENTS, OCTETS, SINGLES) rows;
    rows.octet <== octet;
    rows.leaves <== leaves;
    rows.children <== children;
    rows.row <== row;
    rows.weighted <== weighted;
    Lookup(ACCOUNTS, SHAPE, OCTETS, SINGLES)(accounts, snapshotRoot, underlyingRoots, slots, claims, short, lane, place, rows);
}

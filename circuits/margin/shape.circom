pragma circom 2.2.0;

// The shape of a margin circuit. Each function below gives a shape:
//
//   standard(LANES, POSITIONS)   rows of the layout `standard`: 16 scenarios, mark, delta
//   wide(LANES, POSITIONS)       rows of the layout `wide`: 38 scenarios, mark, delta, gamma, vega
//   limited(SHAPE)               with public limits on each underlying's net delta and gamma
//
// For example, limited(wide(4, 22)) has room for 22 positions in 4 underlyings, and limits. A shape is an array, since
// circom has neither named parameters nor structs at compile time. Read it only by the functions `..._of`.

function standard(LANES, POSITIONS) { return [LANES, POSITIONS, 16, 6, 0]; }
function wide(LANES, POSITIONS) { return [LANES, POSITIONS, 38, 14, 0]; }

function limited(SHAPE) { return [SHAPE[0], SHAPE[1], SHAPE[2], SHAPE[3], 2]; }

function lanes_of(SHAPE) { return SHAPE[0]; }     // underlyings, each with a lane of its own
function positions_of(SHAPE) { return SHAPE[1]; } // positions over all lanes
function scenarios_of(SHAPE) { return SHAPE[2]; } // scenario slots of a row
function elements_of(SHAPE) { return SHAPE[3]; }  // field elements of a row, three slots each
function limits_of(SHAPE) { return SHAPE[4]; }    // Greeks with a limit: the first of delta, gamma

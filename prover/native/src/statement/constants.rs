//! The constants of the statement: bit widths and counts. `docs/statement.md` justifies them.

/// r, the order of BN254's scalar field, in decimal.
pub const FIELD: &str = "21888242871839275222246405745257275088548364400416034343698204186575808495617";

// The risk table.
pub const SLOTS_PER_ELEMENT: usize = 3;
pub const SLOT_BITS: u32 = 84;
/// Table values are below 2^44 in magnitude: signed in slots, unsigned as shortFloor and addOn.
pub const VALUE_BITS: u32 = 44;

// The tree over the table.
pub const ARITY: usize = 8;
pub const INSTRUMENT_LEVELS: usize = 4;
/// The instruments of one underlying: the leaves of one subtree.
pub const INSTRUMENTS: u32 = 4096;
pub const UNDERLYINGS: u32 = 8;
pub const TREE_LEVELS: usize = INSTRUMENT_LEVELS + 1;
pub const ID_BITS: u32 = 15;

// The account.
pub const OWNER_BITS: u32 = 160;
pub const ACCOUNT_BITS: u32 = 40;
pub const VIEW_KEY_BITS: u32 = 248;
pub const NONCE_BITS: u32 = 64;
/// Lots are below 2^31 in magnitude.
pub const LOT_BITS: u32 = 31;
/// -2^83 <= cash < 2^83.
pub const CASH_BITS: u32 = 83;
pub const AMOUNT_BITS: u32 = 64;
pub const PRICE_BITS: u32 = 64;
pub const TIMESTAMP_BITS: u32 = 64;
pub const COLLATERALS: usize = 8;
pub const MAX_POSITIONS: usize = 128;
pub const POSITION_BITS: u32 = ID_BITS + LOT_BITS + 1;
pub const POSITIONS_PER_ELEMENT: usize = 5;
pub const ELEMENTS_PER_CHUNK: usize = 4;
pub const POSITIONS_PER_CHUNK: usize = POSITIONS_PER_ELEMENT * ELEMENTS_PER_CHUNK;
/// The chunks of a commitment: 140 slots, of which the first 128 are used.
pub const CHUNKS: usize = 7;

// The order table of an account.
/// An order's place is its sequence mod 24.
pub const ORDER_PLACES: usize = 24;
pub const SEQUENCE_BITS: u32 = 40;
/// Filled lots are below 2^31; their field in an element has 32 bits.
pub const FILLED_BITS: u32 = 32;
pub const PLACES_PER_ELEMENT: usize = 3;

// Signed orders.
/// -2^44 <= limit < 2^44, in micro-quote per lot.
pub const QUOTE_BITS: u32 = 44;
pub const FEE_BITS: u32 = 44;
/// Times of orders and fills, in Unix seconds.
pub const CLOCK_BITS: u32 = 40;

// The claim.
pub const BPS_BITS: u32 = 20;
/// The requirementBps of maintenance margin.
pub const BPS_UNIT: u32 = 10_000;
pub const PICO_PER_MICRO: u32 = 1_000_000;
/// A limit is below 2^83; a total is at most 2^82 in magnitude.
pub const LIMIT_BITS: u32 = 83;

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";

/// @title Batches of operations and of proofs of health, checked from public data
/// @notice docs/clearing.md says what a batch proves, and zkmargin.clearing.verify_batch checks the same. The contract
/// has no state of accounts: the house passes the commitments that it has stored.
/// @dev Accounts are numbers, commitments are field elements, amounts are in micro. A circuit is keccak256 of its name.
/// Every function reverts with a reason, and none returns false.
interface IBatches {
    /// @notice The purpose of a circuit.
    enum Kind {
        None,
        Fills,
        Upkeep,
        Health
    }

    /// @notice A circuit that batches may use, fixed at deployment.
    /// @param circuit keccak256 of the circuit's name
    /// @param kind See `Kind`
    /// @param accounts The accounts that a circuit of health has places for; 0 for others
    struct Circuit {
        bytes32 circuit;
        Kind kind;
        uint256 accounts;
    }

    /// @notice A proof of a list of operations.
    /// @param circuit The circuit
    /// @param digest The digest of all states before and after
    /// @param ratio The product of the factors of consumed states over that of made ones
    /// @param total Of fills, the sum of all fees in micro-quote; of upkeep, the product of the factors of all requests
    /// @param elements The sealed elements, one for each account of each operation, in order
    /// @param proof The proof
    struct Operations {
        bytes32 circuit;
        uint256 digest;
        uint256 ratio;
        uint256 total;
        uint256[] elements;
        IBatchVerifier.Proof proof;
    }

    /// @notice A proof of health.
    /// @param circuit The circuit
    /// @param digest The digest of the commitments
    /// @param places The places of its accounts in the list of all accounts, in the circuit's order
    /// @param proof The proof
    struct Health {
        bytes32 circuit;
        uint256 digest;
        uint256[] places;
        IBatchVerifier.Proof proof;
    }

    /// @notice An account of a batch.
    /// @param account Its number
    /// @param last Its commitment after the batch
    struct Touched {
        uint256 account;
        uint256 last;
    }

    /// @notice A credit or a new key, which must have been requested on chain.
    /// @param account The number of the account
    /// @param tag 1 for a credit, 2 for a new key
    /// @param value Of a credit, asset + 2^4 * amount; of a new key, Poseidon(key.x, key.y)
    struct Request {
        uint256 account;
        uint256 tag;
        uint256 value;
    }

    /// @notice A proof of another statement, whose signals are the caller's.
    /// @param circuit The circuit
    /// @param signals Its public signals
    /// @param proof The proof
    struct Statement {
        bytes32 circuit;
        uint256[] signals;
        IBatchVerifier.Proof proof;
    }

    /// @notice What a house settles at once.
    /// @param time The time for the validity of orders, in seconds since 1970
    /// @param reduceOnly Whether no fill opens or turns a position
    /// @param snapshotRoot The snapshot of proofs of health and expiries
    /// @param accounts All accounts, in strictly ascending order
    /// @param fills Proofs of matches and quotes
    /// @param upkeep Proofs of expiries, credits and new keys
    /// @param requests The credits and new keys of `upkeep`
    /// @param health Proofs that cover every account once; none if there are no fills
    struct Batch {
        uint256 time;
        bool reduceOnly;
        bytes32 snapshotRoot;
        Touched[] accounts;
        Operations[] fills;
        Operations[] upkeep;
        Request[] requests;
        Health[] health;
    }

    /// @notice The circuit is not one of this kind.
    error NotACircuitOf(bytes32 circuit, Kind kind);
    /// @notice There is no account, or no proof.
    error EmptyBatch();
    /// @notice The accounts do not ascend strictly. Listed twice, an account could have two chains of states.
    error AccountsNotAscending(uint256 previous, uint256 account);
    /// @notice The batch has too many factors of states for the account's number to be bound.
    error TooManyFactors(uint256 factors);
    /// @notice A state is not a field element, or it is a root of its factor.
    error StateOutOfRange(uint256 account, uint256 commitment);
    /// @notice A sealed element of a proof of this circuit is not a field element.
    error ElementOutOfRange(bytes32 circuit);
    /// @notice The operations do not lead from the first to the last states.
    error StatesDoNotFollow();
    /// @notice The credits and new keys of the proofs are not those of the requests.
    error OtherRequests();
    /// @notice The proofs of health do not cover the account at this place exactly once.
    error NotCoveredOnce(uint256 place);
    /// @notice The circuit has no place for so many accounts.
    error TooManyAccounts(bytes32 circuit, uint256 accounts, uint256 places);
    /// @notice The list of commitments does not have one for each account.
    error OtherLength(uint256 commitments, uint256 accounts);
    /// @notice At deployment: there is no code at the verifier's address.
    error NotAContract(address account);
    /// @notice At deployment: the circuit is listed twice, has no kind, or has places though it is not one of health.
    error InvalidCircuit(bytes32 circuit);

    /// @notice Checks a batch. Reverts unless it leads from the first to the last states.
    /// @param batch The batch
    /// @param domain The domain of orders: of the calling house
    /// @param requirementBps The level of the proofs of health, in 1/10 000 of the requirement
    /// @param firsts The commitments before the batch, as stored, in the order of `batch.accounts`
    /// @return fees The fees of all fills, in micro-quote
    function checkBatch(Batch calldata batch, uint256 domain, uint256 requirementBps, uint256[] calldata firsts)
        external
        view
        returns (uint256 fees);

    /// @notice Checks proofs of health without operations. Reverts unless they cover every account once.
    /// @param domain The domain of the calling house
    /// @param requirementBps The level, in 1/10 000 of the requirement
    /// @param snapshotRoot The snapshot
    /// @param accounts The numbers of the accounts
    /// @param commitments Their commitments, in the same order
    /// @param health The proofs; `places` refer to `accounts`
    /// @param others Proofs of other statements, whose signals are the caller's, to be verified in the same call: an
    /// owner's step. Empty if there are none
    function checkHealth(
        uint256 domain,
        uint256 requirementBps,
        bytes32 snapshotRoot,
        uint256[] calldata accounts,
        uint256[] calldata commitments,
        Health[] calldata health,
        Statement[] calldata others
    ) external view;

    /// @notice The circuit, as it was deployed.
    /// @param circuit keccak256 of its name
    /// @return Its purpose and places; `Kind.None` if there is none
    function circuitOf(bytes32 circuit) external view returns (Circuit memory);

    /// @notice The verifier of all proofs.
    /// @return Its address
    function verifier() external view returns (address);
}

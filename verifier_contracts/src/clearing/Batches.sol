// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BatchField} from "./BatchField.sol";
import {BatchStates} from "./BatchStates.sol";
import {BatchTranscript} from "./BatchTranscript.sol";
import {IBatches} from "./IBatches.sol";
import {ProofGroups} from "./ProofGroups.sol";
import {Words} from "./Words.sol";

/// @title Batches of operations and of proofs of health, checked from public data
/// @dev There is no owner and no setter: verifier and circuits are fixed at deployment. The steps are those of
/// zkmargin.clearing.verify_batch.
contract Batches is IBatches {
    using BatchStates for BatchStates.States;
    using ProofGroups for ProofGroups.Groups;
    using Words for uint256;

    /// @dev A batch has fewer factors of states, so that powers of z and of y = z^65536 do not mix.
    uint256 private constant MOST_FACTORS = 65_536;
    uint256 private constant CLOCK_BITS = 40;
    uint256 private constant ACCOUNT_BITS = 40;
    uint256 private constant FILL_SIGNALS = 7;
    uint256 private constant UPKEEP_SIGNALS = 6;
    uint256 private constant HEALTH_SIGNALS = 5;

    /// @inheritdoc IBatches
    address public immutable verifier;
    uint256 private immutable _circuits;
    /// @dev kind + 2^8 * number + 2^24 * accounts; numbers count from 1.
    mapping(bytes32 circuit => uint256) private _entryOf;

    /// @param verifier_ The verifier of all proofs, an IBatchVerifier that has the keys of the circuits
    /// @param circuits The circuits
    constructor(address verifier_, Circuit[] memory circuits) {
        if (verifier_.code.length == 0) revert NotAContract(verifier_);
        verifier = verifier_;
        _circuits = circuits.length;
        for (uint256 i = 0; i < circuits.length; ++i) {
            Circuit memory one = circuits[i];
            bool hasPlaces = one.accounts != 0 && one.accounts <= type(uint16).max;
            if (one.kind == Kind.None || hasPlaces != (one.kind == Kind.Health) || _entryOf[one.circuit] != 0) {
                revert InvalidCircuit(one.circuit);
            }
            _entryOf[one.circuit] = uint256(one.kind) + ((i + 1) << 8) + (one.accounts << 24);
        }
    }

    /// @inheritdoc IBatches
    function checkBatch(Batch calldata batch, uint256 domain, uint256 requirementBps, uint256[] calldata firsts)
        external
        view
        returns (uint256 fees)
    {
        return _checkBatch(batch, firsts, BatchTranscript.Claim(domain, requirementBps, uint256(batch.snapshotRoot), 0));
    }

    /// @inheritdoc IBatches
    function checkHealth(
        uint256 domain,
        uint256 requirementBps,
        bytes32 snapshotRoot,
        uint256[] calldata accounts,
        uint256[] calldata commitments,
        Health[] calldata health,
        Statement[] calldata others
    ) external view {
        if (accounts.length == 0) revert EmptyBatch();
        if (commitments.length != accounts.length) revert OtherLength(commitments.length, accounts.length);
        BatchTranscript.Claim memory claim = BatchTranscript.Claim(domain, requirementBps, uint256(snapshotRoot), 0);
        _checkHealth(BatchStates.listed(accounts, commitments), health, claim, others);
    }

    /// @inheritdoc IBatches
    function circuitOf(bytes32 circuit) external view returns (Circuit memory) {
        uint256 entry = _entryOf[circuit];
        return Circuit(circuit, Kind(entry & 0xff), entry >> 24);
    }

    /// @dev The point of a batch. Tests replace it, so that each check stands alone.
    function _challengeOf(Batch calldata batch, BatchTranscript.Claim memory claim, uint256[] calldata firsts)
        internal
        pure
        virtual
        returns (uint256)
    {
        return BatchTranscript.challengeOf(batch, claim, firsts);
    }

    function _checkBatch(Batch calldata batch, uint256[] calldata firsts, BatchTranscript.Claim memory claim)
        private
        view
        returns (uint256 fees)
    {
        _checkAccounts(batch.accounts, firsts);
        ProofGroups.Groups memory groups = ProofGroups.none(_circuits);
        (uint256 factors, uint256 ratio) = (firsts.length, 1);
        (factors, ratio) = _countOperations(groups, batch.fills, Kind.Fills, factors, ratio);
        (factors, ratio) = _countOperations(groups, batch.upkeep, Kind.Upkeep, factors, ratio);
        factors *= 2;
        if (factors >= MOST_FACTORS) revert TooManyFactors(factors);
        if (batch.fills.length + batch.health.length != 0) {
            _countHealth(groups, batch.health, firsts.length);
        } else if (batch.upkeep.length == 0) {
            revert EmptyBatch();
        }
        claim.z = _challengeOf(batch, claim, firsts);
        uint256 y = BatchField.power(claim.z);
        _checkStates(batch.accounts, firsts, ratio, claim.z, y);
        _checkRequests(batch, claim.z, y);
        groups.layOut(_noOthers());
        fees = _putFills(groups, batch.fills, claim, batch.time + (batch.reduceOnly ? 1 << CLOCK_BITS : 0));
        _putUpkeep(groups, batch.upkeep, claim);
        _putHealth(groups, batch.health, claim, BatchStates.lastOf(batch.accounts));
        groups.verify(verifier);
    }

    function _checkHealth(
        BatchStates.States memory states,
        Health[] calldata health,
        BatchTranscript.Claim memory claim,
        Statement[] calldata others
    ) private view {
        for (uint256 i = 0; i < states.length; ++i) {
            uint256 commitment = states.commitmentAt(i);
            if (commitment >= BatchField.FIELD) revert StateOutOfRange(states.numberAt(i), commitment);
        }
        ProofGroups.Groups memory groups = ProofGroups.none(_circuits);
        _countHealth(groups, health, states.length);
        claim.z = BatchTranscript.challengeOf(claim, states, health);
        groups.layOut(others);
        _putHealth(groups, health, claim, states);
        groups.verify(verifier);
    }

    function _checkAccounts(Touched[] calldata accounts, uint256[] calldata firsts) private pure {
        if (accounts.length == 0) revert EmptyBatch();
        if (firsts.length != accounts.length) revert OtherLength(firsts.length, accounts.length);
        if (BatchStates.areInOrder(accounts, firsts)) return;
        for (uint256 i = 0; i < accounts.length; ++i) {
            (uint256 account, uint256 last, uint256 first) = (accounts[i].account, accounts[i].last, firsts[i]);
            if (i != 0 && account <= accounts[i - 1].account) {
                revert AccountsNotAscending(accounts[i - 1].account, account);
            }
            if (last >= BatchField.FIELD) revert StateOutOfRange(account, last);
            if (first >= BatchField.FIELD) revert StateOutOfRange(account, first);
        }
    }

    /// @dev Counts proofs, adds their elements to `elements`, and multiplies `ratio` by theirs.
    function _countOperations(
        ProofGroups.Groups memory groups,
        Operations[] calldata parts,
        Kind kind,
        uint256 elements,
        uint256 ratio
    ) private view returns (uint256, uint256) {
        uint256 signals = kind == Kind.Fills ? FILL_SIGNALS : UPKEEP_SIGNALS;
        for (uint256 i = 0; i < parts.length; ++i) {
            Operations calldata part = parts[i];
            (uint256 index,) = _find(part.circuit, kind);
            groups.count(index, part.circuit, signals);
            elements += part.elements.length;
            ratio = mulmod(ratio, part.ratio, BatchField.FIELD);
        }
        return (elements, ratio);
    }

    /// @dev Counts proofs of health, which must cover every account once.
    function _countHealth(ProofGroups.Groups memory groups, Health[] calldata parts, uint256 accounts) private view {
        uint256[] memory covered = new uint256[]((accounts + 255) / 256);
        uint256 total = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            Health calldata part = parts[i];
            uint256[] calldata places = part.places;
            (uint256 index, uint256 most) = _find(part.circuit, Kind.Health);
            if (places.length > most) revert TooManyAccounts(part.circuit, places.length, most);
            groups.count(index, part.circuit, HEALTH_SIGNALS);
            (bool fine, uint256 place) = BatchStates.cover(covered, places, accounts);
            if (!fine) revert NotCoveredOnce(place);
            total += places.length;
        }
        if (total == accounts) return;
        uint256 missing = 0;
        while (covered[missing / 256] & (1 << (missing % 256)) != 0) {
            ++missing;
        }
        revert NotCoveredOnce(missing);
    }

    /// @dev product(ratios) * product(factors of last states) = product(factors of first states), and no factor is 0.
    function _checkStates(Touched[] calldata accounts, uint256[] calldata firsts, uint256 ratio, uint256 z, uint256 y)
        private
        pure
    {
        (uint256 made, uint256 consumed) = BatchStates.products(accounts, firsts, z, y);
        if (made == 0 || consumed == 0) _refuseRoot(accounts, firsts, z, y);
        if (mulmod(made, ratio, BatchField.FIELD) != consumed) revert StatesDoNotFollow();
    }

    /// @dev Names the state whose factor is 0.
    function _refuseRoot(Touched[] calldata accounts, uint256[] calldata firsts, uint256 z, uint256 y) private pure {
        for (uint256 i = 0; i < firsts.length; ++i) {
            (uint256 account, uint256 last, uint256 first) = (accounts[i].account, accounts[i].last, firsts[i]);
            if (BatchField.factor(last, account, z, y) == 0) revert StateOutOfRange(account, last);
            if (BatchField.factor(first, account, z, y) == 0) revert StateOutOfRange(account, first);
        }
    }

    /// @dev The product of the requests' factors is that of upkeep. Fills have none.
    function _checkRequests(Batch calldata batch, uint256 z, uint256 y) private pure {
        (uint256 requested, uint256 proven) = (1, 1);
        for (uint256 i = 0; i < batch.requests.length; ++i) {
            Request calldata one = batch.requests[i];
            uint256 tagged = addmod(one.account, mulmod(one.tag, 1 << ACCOUNT_BITS, BatchField.FIELD), BatchField.FIELD);
            requested = mulmod(requested, BatchField.factor(one.value, tagged, z, y), BatchField.FIELD);
        }
        for (uint256 i = 0; i < batch.upkeep.length; ++i) {
            proven = mulmod(proven, batch.upkeep[i].total, BatchField.FIELD);
        }
        if (requested != proven) revert OtherRequests();
    }

    function _putFills(
        ProofGroups.Groups memory groups,
        Operations[] calldata parts,
        BatchTranscript.Claim memory claim,
        uint256 clock
    ) private view returns (uint256 fees) {
        for (uint256 i = 0; i < parts.length; ++i) {
            Operations calldata part = parts[i];
            (uint256 index,) = _find(part.circuit, Kind.Fills);
            uint256 ptr = groups.put(index, FILL_SIGNALS, part.proof);
            ptr = ptr.put(part.digest).put(part.ratio).put(_sealed(part, claim.z)).put(part.total);
            // slither-disable-next-line unused-return: nothing is written behind it
            ptr.put(clock).put(claim.domain).put(claim.z);
            fees += part.total;
        }
    }

    function _putUpkeep(
        ProofGroups.Groups memory groups,
        Operations[] calldata parts,
        BatchTranscript.Claim memory claim
    ) private view {
        for (uint256 i = 0; i < parts.length; ++i) {
            Operations calldata part = parts[i];
            (uint256 index,) = _find(part.circuit, Kind.Upkeep);
            uint256 ptr = groups.put(index, UPKEEP_SIGNALS, part.proof);
            ptr = ptr.put(part.digest).put(part.ratio).put(_sealed(part, claim.z)).put(part.total);
            // slither-disable-next-line unused-return: nothing is written behind it
            ptr.put(claim.snapshotRoot).put(claim.z);
        }
    }

    function _putHealth(
        ProofGroups.Groups memory groups,
        Health[] calldata parts,
        BatchTranscript.Claim memory claim,
        BatchStates.States memory states
    ) private view {
        for (uint256 i = 0; i < parts.length; ++i) {
            Health calldata part = parts[i];
            (uint256 index, uint256 most) = _find(part.circuit, Kind.Health);
            uint256 ptr = groups.put(index, HEALTH_SIGNALS, part.proof);
            uint256[] calldata places = part.places;
            ptr = ptr.put(part.digest).put(states.horner(places, most - places.length, claim.z));
            // slither-disable-next-line unused-return: nothing is written behind it
            ptr.put(claim.snapshotRoot).put(claim.requirementBps).put(claim.z);
        }
    }

    /// @dev The polynomial of the sealed elements at z.
    function _sealed(Operations calldata part, uint256 z) private pure returns (uint256 value) {
        bool excess;
        (value, excess) = BatchField.horner(part.elements, z);
        if (excess) revert ElementOutOfRange(part.circuit);
    }

    /// @dev Solidity has no expression for an empty list in calldata.
    function _noOthers() private pure returns (Statement[] calldata none) {
        assembly ("memory-safe") {
            none.offset := 0
            none.length := 0
        }
    }

    /// @dev The number of a circuit, and its places for accounts.
    function _find(bytes32 circuit, Kind kind) private view returns (uint256 index, uint256 accounts) {
        uint256 entry = _entryOf[circuit];
        if (entry & 0xff != uint256(kind)) revert NotACircuitOf(circuit, kind);
        return ((entry >> 8) & 0xffff, entry >> 24);
    }
}

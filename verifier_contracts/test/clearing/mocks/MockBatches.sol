// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../../src/clearing/IBatches.sol";

/// @dev Accepts the calls that a test names, byte by byte, and nothing else. Like the real contract, it refuses fills
/// whose proofs of health do not cover each account once.
contract MockBatches {
    error NotAccepted(bytes call);
    error NotCovered(uint256 accounts, uint256 places);

    address public immutable verifier;
    mapping(bytes32 call => bool) private _accepted;
    mapping(bytes32 call => uint256) private _fees;

    constructor(address verifier_) {
        verifier = verifier_;
    }

    function acceptBatch(
        IBatches.Batch memory batch,
        uint256 domain,
        uint256 requirementBps,
        uint256[] memory firsts,
        uint256 fees
    ) external {
        bytes memory call = abi.encodeCall(IBatches.checkBatch, (batch, domain, requirementBps, firsts));
        (_accepted[keccak256(call)], _fees[keccak256(call)]) = (true, fees);
    }

    function acceptHealth(
        uint256 domain,
        uint256 requirementBps,
        bytes32 snapshotRoot,
        uint256[] memory accounts,
        uint256[] memory commitments,
        IBatches.Health[] memory health,
        IBatches.Statement[] memory others
    ) external {
        bytes memory call = abi.encodeCall(
            IBatches.checkHealth, (domain, requirementBps, snapshotRoot, accounts, commitments, health, others)
        );
        _accepted[keccak256(call)] = true;
    }

    function checkBatch(IBatches.Batch calldata batch, uint256, uint256, uint256[] calldata)
        external
        view
        returns (uint256)
    {
        uint256 covered;
        for (uint256 i = 0; i < batch.health.length; ++i) {
            covered += batch.health[i].places.length;
        }
        uint256 wanted = batch.fills.length == 0 ? 0 : batch.accounts.length;
        if (covered != wanted) revert NotCovered(wanted, covered);
        if (!_accepted[keccak256(msg.data)]) revert NotAccepted(msg.data);
        return _fees[keccak256(msg.data)];
    }

    function checkHealth(
        uint256,
        uint256,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        IBatches.Health[] calldata,
        IBatches.Statement[] calldata
    ) external view {
        if (!_accepted[keccak256(msg.data)]) revert NotAccepted(msg.data);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../../src/clearing/IBatches.sol";
import {IBatchVerifier} from "../../../src/interfaces/IBatchVerifier.sol";

/// @dev Accepts everything, so that gas is that of the house alone. It is its own verifier.
contract AnyProofs {
    function checkBatch(IBatches.Batch calldata, uint256, uint256, uint256[] calldata) external pure returns (uint256) {
        return 1;
    }

    function checkHealth(
        uint256,
        uint256,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        IBatches.Health[] calldata,
        IBatches.Statement[] calldata
    ) external pure {}

    function verify(IBatchVerifier.Group[] calldata, uint256[] calldata, IBatchVerifier.Proof[] calldata)
        external
        pure {}

    function verifier() external view returns (address) {
        return address(this);
    }
}

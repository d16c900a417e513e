// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IHouseTypes} from "../../../src/clearing/IHouseTypes.sol";
import {IBatchVerifier} from "../../../src/interfaces/IBatchVerifier.sol";

/// @dev A verifier that accepts the proofs that a test names by circuit and signals, and nothing else.
contract NamedProofs {
    error NotNamed(bytes32 circuit, uint256[] signals);

    mapping(bytes32 statement => bool) private _named;

    function name(bytes32 circuit, uint256[] memory signals) external {
        _named[keccak256(abi.encode(circuit, signals))] = true;
    }

    function verify(
        IBatchVerifier.Group[] calldata groups,
        uint256[] calldata signals,
        IBatchVerifier.Proof[] calldata proofs
    ) external view {
        require(groups.length == 1 && groups[0].count == 1 && proofs.length == 1, "one proof");
        bytes32 statement = keccak256(abi.encode(groups[0].circuit, signals));
        if (!_named[statement]) revert NotNamed(groups[0].circuit, signals);
    }

    /// @dev In place of Batches: the verifier of all proofs.
    function verifier() external view returns (address) {
        return address(this);
    }
}

/// @dev The auctions' list of defaults that nobody buys.
contract UnsaleableList {
    mapping(uint256 account => IHouseTypes.Moment) private _unsaleable;

    function set(uint256 account, uint256 time, uint256 live) external {
        _unsaleable[account] = IHouseTypes.Moment(uint40(time), uint40(live));
    }

    function unsaleableSince(uint256 account) external view returns (IHouseTypes.Moment memory) {
        return _unsaleable[account];
    }
}

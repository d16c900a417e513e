// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IOracleFeed} from "../../../src/interfaces/IOracleFeed.sol";
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

/// @dev The clock and the publications that a test sets.
contract ClockFeed {
    uint256 public constant delay = 2 days;
    uint256 public liveTime = 1_000_000;
    bytes32 private _latest;
    mapping(bytes32 root => IOracleFeed.Publication) private _publications;

    function publish(bytes32 root) external {
        publishOf(root, block.timestamp);
    }

    function advance(uint256 seconds_) external {
        liveTime += seconds_;
    }

    /// @dev A snapshot that is older than its publication.
    function publishOf(bytes32 root, uint256 timestamp) public {
        uint64 before = _publications[_latest].publishedIn;
        _publications[root] = IOracleFeed.Publication(uint64(timestamp), uint64(block.timestamp), before);
        _latest = root;
    }

    function publicationOf(bytes32 root) external view returns (IOracleFeed.Publication memory) {
        return _publications[root];
    }

    function latest() external view returns (bytes32, uint256) {
        return (_latest, _publications[_latest].timestamp);
    }

    function previous() external view returns (bytes32, uint256, uint256) {
        return (0, 0, _publications[_latest].publishedIn);
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

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {OracleFeed} from "../src/OracleFeed.sol";
import {IOracleFeed} from "../src/interfaces/IOracleFeed.sol";
import {Test} from "./Vm.sol";

/// @dev A feed of three underlyings and five signers, of whom three have to sign.
abstract contract OracleFixture is Test {
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 internal constant NOW = 1_700_000_000;
    uint256 internal constant DELAY = 2 days;
    uint256 internal constant MAX_AGE = 5 minutes;
    uint256 internal constant PERIOD = 10 minutes;
    uint256 internal constant PARAMS = 89;
    uint256 internal constant MIN = 1000;
    uint256 internal constant MAX = 1e12;
    uint256 internal constant MOVE_BPS = 500;
    uint256 internal constant THRESHOLD = 3;
    address internal constant STRANGER = address(0xBAD);
    /// @dev Private keys 1 to 7, by rising order of their addresses.
    uint256[7] internal keys = [uint256(4), 2, 3, 1, 7, 5, 6];

    OracleFeed internal feed;

    function _deploy() internal {
        vm.warp(NOW);
        feed = new OracleFeed(_settings(), _signers(0, 5), THRESHOLD, _limits(3));
    }

    function _settings() internal view returns (IOracleFeed.Settings memory) {
        return IOracleFeed.Settings(address(this), DELAY, MAX_AGE, PERIOD);
    }

    /// @dev `count` signers in rising order, of the seven from `first` on.
    function _signers(uint256 first, uint256 count) internal view returns (address[] memory signers) {
        signers = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            signers[i] = vm.addr(keys[first + i]);
        }
    }

    function _limits(uint256 count) internal pure returns (IOracleFeed.Limits[] memory limits) {
        limits = new IOracleFeed.Limits[](count);
        for (uint256 i = 0; i < count; ++i) {
            limits[i] = IOracleFeed.Limits(uint64(MIN), uint64(MAX), uint16(MOVE_BPS));
        }
    }

    /// @dev A snapshot of now, of which everything would be accepted.
    function _snapshot(uint256 root) internal view returns (IOracleFeed.RiskSnapshot memory) {
        return _snapshot(root, 100_000);
    }

    function _snapshot(uint256 root, uint256 price) internal view returns (IOracleFeed.RiskSnapshot memory snapshot) {
        uint256[] memory prices = new uint256[](3);
        (prices[0], prices[1], prices[2]) = (96_431_120_000, 2_222_190_000, price);
        return IOracleFeed.RiskSnapshot(root, uint64(block.timestamp), PARAMS, prices);
    }

    /// @dev Signatures of the signers from `first` on.
    function _sign(IOracleFeed.RiskSnapshot memory snapshot, uint256 first, uint256 count)
        internal
        view
        returns (bytes[] memory signatures)
    {
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = _signature(keys[first + i], feed.digestOf(snapshot));
        }
    }

    function _sign(IOracleFeed.RiskSnapshot memory snapshot) internal view returns (bytes[] memory) {
        return _sign(snapshot, 0, THRESHOLD);
    }

    function _signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _publish(uint256 root, uint256 price) internal {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(root, price);
        feed.publish(snapshot, _sign(snapshot));
    }

    /// @dev Whether a feed would take it, whatever its reason not to.
    function _accepts(OracleFeed asked, IOracleFeed.RiskSnapshot memory snapshot, bytes[] memory signatures)
        internal
        returns (bool accepted)
    {
        (accepted,) = address(asked).call(abi.encodeCall(asked.publish, (snapshot, signatures)));
    }
}

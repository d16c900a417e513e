// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @dev The cheat codes of forge that the tests use.
interface Vm {
    function addr(uint256 privateKey) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 newChainId) external;
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function deal(address account, uint256 balance) external;
    function etch(address target, bytes calldata code) external;
    function expectCall(address callee, bytes calldata data) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function expectEmit(address emitter, uint64 count) external;
    function expectRevert() external;
    function expectRevert(bytes calldata revertData) external;
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonIntArray(string calldata json, string calldata key) external pure returns (int256[] memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonUintArray(string calldata json, string calldata key) external pure returns (uint256[] memory);
    function prank(address sender) external;
    function readFile(string calldata path) external view returns (string memory);
    function roll(uint256 blockNumber) external;
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function store(address account, bytes32 slot, bytes32 value) external;
    function warp(uint256 timestamp) external;
}

/// @dev Assertions whose failures show both values, as forge decodes the error. forge-std is in no package registry.
abstract contract Test {
    /// @dev The address of forge's cheat codes, derived from keccak256("hevm cheat code").
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(uint256 found, uint256 wanted);
    error NotEqualInt(int256 found, int256 wanted);
    error NotEqualBool(bool found, bool wanted);
    error NotEqualAddress(address found, address wanted);
    error NotEqualBytes32(bytes32 found, bytes32 wanted);
    error NotEqualBytes(bytes found, bytes wanted);
    error NotEqualString(string found, string wanted);
    error NotAtMost(uint256 found, uint256 bound);
    error NotAtLeast(uint256 found, uint256 bound);
    error NotBelow(uint256 found, uint256 bound);
    error NotAbove(uint256 found, uint256 bound);
    error NotAtMostInt(int256 found, int256 bound);
    error NotAtLeastInt(int256 found, int256 bound);

    function assertEq(uint256 found, uint256 wanted) internal pure {
        if (found != wanted) revert NotEqual(found, wanted);
    }

    /// @dev The signed assertions are not overloads, because smaller unsigned integers convert to both types.
    function assertEqInt(int256 found, int256 wanted) internal pure {
        if (found != wanted) revert NotEqualInt(found, wanted);
    }

    function assertEq(bool found, bool wanted) internal pure {
        if (found != wanted) revert NotEqualBool(found, wanted);
    }

    function assertEq(address found, address wanted) internal pure {
        if (found != wanted) revert NotEqualAddress(found, wanted);
    }

    function assertEq(bytes32 found, bytes32 wanted) internal pure {
        if (found != wanted) revert NotEqualBytes32(found, wanted);
    }

    function assertEq(bytes memory found, bytes memory wanted) internal pure {
        if (keccak256(found) != keccak256(wanted)) revert NotEqualBytes(found, wanted);
    }

    function assertEq(string memory found, string memory wanted) internal pure {
        if (keccak256(bytes(found)) != keccak256(bytes(wanted))) revert NotEqualString(found, wanted);
    }

    function assertTrue(bool found) internal pure {
        assertEq(found, true);
    }

    function assertFalse(bool found) internal pure {
        assertEq(found, false);
    }

    function assertLe(uint256 found, uint256 bound) internal pure {
        if (found > bound) revert NotAtMost(found, bound);
    }

    function assertGe(uint256 found, uint256 bound) internal pure {
        if (found < bound) revert NotAtLeast(found, bound);
    }

    function assertLt(uint256 found, uint256 bound) internal pure {
        if (found >= bound) revert NotBelow(found, bound);
    }

    function assertGt(uint256 found, uint256 bound) internal pure {
        if (found <= bound) revert NotAbove(found, bound);
    }

    function assertLeInt(int256 found, int256 bound) internal pure {
        if (found > bound) revert NotAtMostInt(found, bound);
    }

    function assertGeInt(int256 found, int256 bound) internal pure {
        if (found < bound) revert NotAtLeastInt(found, bound);
    }

    /// @dev A pseudo-random number, for tests that run a sequence of random calls.
    function _dice(uint256 i, uint256 place) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(i, place)));
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @dev The few of forge's cheat codes that the tests use.
interface Vm {
    function addr(uint256 privateKey) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 newChainId) external;
    function deal(address account, uint256 balance) external;
    function etch(address target, bytes calldata code) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function expectEmit(address emitter, uint64 count) external;
    function expectRevert() external;
    function expectRevert(bytes calldata revertData) external;
    function parseJsonIntArray(string calldata json, string calldata key) external pure returns (int256[] memory);
    function parseJsonUintArray(string calldata json, string calldata key) external pure returns (uint256[] memory);
    function prank(address sender) external;
    function readFile(string calldata path) external view returns (string memory);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function snapshotGasLastCall(string calldata group, string calldata name) external returns (uint256);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function warp(uint256 timestamp) external;
}

abstract contract Test {
    /// @dev Where forge puts them: the address of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Different(bytes32 found, bytes32 wanted);

    function assertEq(bytes32 found, bytes32 wanted) internal pure {
        if (found != wanted) revert Different(found, wanted);
    }

    function assertEq(uint256 found, uint256 wanted) internal pure {
        assertEq(bytes32(found), bytes32(wanted));
    }

    function assertEq(address found, address wanted) internal pure {
        assertEq(uint160(found), uint160(wanted));
    }

    function assertTrue(bool found) internal pure {
        assertEq(found ? 1 : 0, 1);
    }

    function assertFalse(bool found) internal pure {
        assertEq(found ? 1 : 0, 0);
    }

    /// @dev Numbers at random, for tests that show that sequences of random calls get anywhere at all.
    function _dice(uint256 i, uint256 place) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(i, place)));
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CollateralVault} from "../src/CollateralVault.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {Operator} from "./fixtures/CollateralVaultFixture.sol";
import {Test} from "./Vm.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";
import {TestToken} from "./tokens/TestToken.sol";

/// @dev Gas as in separate transactions: all storage from before the test is cold, and each measured call is the first.
contract CollateralVaultGasTest is Test {
    uint256 private constant USD = 8;
    uint128 private constant ONE = 1_000_000;
    uint256 private constant ALICE_KEY = 0xA11CE;
    address private constant BOB = address(0xB0B);
    address private constant CAROL = address(0xCA201);

    address private operator;
    FreezableToken private usd;
    CollateralVault private vault;

    function setUp() public {
        operator = address(new Operator());
        usd = new FreezableToken(6);
        ICollateralVault.Listing[] memory listings = new ICollateralVault.Listing[](1);
        listings[0] = ICollateralVault.Listing(USD, address(usd), type(uint128).max);
        vault = new CollateralVault(address(this), listings);
        vault.setOperator(operator);
        address alice = vm.addr(ALICE_KEY);
        usd.mint(alice, 100 * ONE);
        usd.mint(BOB, 1);
        vm.prank(alice);
        usd.approve(address(vault), 50 * ONE);
        vm.prank(operator);
        vault.pull(USD, alice, 10 * ONE);
        usd.freeze(CAROL, true);
        usd.freeze(address(0xF00), true);
        vm.prank(operator);
        vault.release(USD, address(0xF00), ONE);
        usd.freeze(address(0xF00), false);
    }

    function test_gasOfPull() public {
        address alice = vm.addr(ALICE_KEY);
        vm.prank(operator);
        vault.pull(USD, alice, ONE);
        vm.snapshotGasLastCall("CollateralVault", "pull");
    }

    function test_gasOfPullUncapped() public {
        address alice = vm.addr(ALICE_KEY);
        vm.prank(operator);
        vault.pullUncapped(USD, alice, ONE);
        vm.snapshotGasLastCall("CollateralVault", "pullUncapped");
    }

    function test_gasOfPullWithPermit() public {
        address alice = vm.addr(ALICE_KEY);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _digest(alice));
        vm.prank(operator);
        vault.pullWithPermit(USD, alice, 60 * ONE, block.timestamp, v, r, s);
        vm.snapshotGasLastCall("CollateralVault", "pullWithPermit");
    }

    function test_gasOfRelease() public {
        vm.prank(operator);
        assertTrue(vault.release(USD, BOB, ONE));
        vm.snapshotGasLastCall("CollateralVault", "release");
    }

    function test_gasOfARefusedRelease() public {
        vm.prank(operator);
        assertFalse(vault.release(USD, CAROL, ONE));
        vm.snapshotGasLastCall("CollateralVault", "release, refused");
    }

    function test_gasOfClaim() public {
        vm.prank(address(0xF00));
        vault.claim(USD, BOB);
        vm.snapshotGasLastCall("CollateralVault", "claim");
    }

    function test_bytesOfCode() public {
        vm.snapshotValue("CollateralVault", "bytes of code", address(vault).code.length);
    }

    /// @dev Computes the domain of TestToken from its constants, so that the token stays cold.
    function _digest(address alice) private view returns (bytes32) {
        bytes32 domainType =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain =
            keccak256(abi.encode(domainType, keccak256("Test"), keccak256("1"), block.chainid, address(usd)));
        bytes32 permitType =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(permitType, alice, address(vault), 60 * ONE, 0, block.timestamp));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}

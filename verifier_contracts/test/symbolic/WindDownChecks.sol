// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IWindDown} from "../../src/clearing/IWindDown.sol";
import {WindDown} from "../../src/clearing/WindDown.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {Test} from "../Vm.sol";

/// @dev In place of house, vault, batches and verifier, which accepts all proofs: a pool of cash that pays
/// whatever it is asked for.
contract Pool {
    uint128 public cash;
    uint128 public paid;

    function set(uint128 cash_) external {
        cash = cash_;
    }

    function contracts() external view returns (IHouseTypes.Contracts memory) {
        address all = address(this);
        return IHouseTypes.Contracts(all, all, all, all, all, all, all);
    }

    function assetOf(uint256 asset) external view returns (ICollateralVault.Asset memory found) {
        if (asset == 8) found.total = cash;
    }

    function releaseForWindDown(uint256, address, uint128 value) external {
        paid += value;
    }

    function verifier() external view returns (address) {
        return address(this);
    }

    function waitingTotal(uint256) external pure returns (uint256) {
        return 0;
    }
}

/// @dev After the claims have been fixed. For values, claims and pools below 2^64.
contract WindDownChecks is Test {
    bytes32 private constant ENDED_AT = bytes32(uint256(2));
    bytes32 private constant VALUATION = bytes32(uint256(3));
    bytes32 private constant CLAIMS_UNTIL = bytes32(uint256(4));
    bytes32 private constant TOTAL_CLAIMS = bytes32(uint256(5));
    bytes32 private constant POOL = bytes32(uint256(6));
    bytes32 private constant FINALISED = bytes32(uint256(7));
    bytes32 private constant RESERVED = bytes32(uint256(8));
    uint256 private constant ENTRIES = 9;

    Pool private _pool;
    WindDown private _windDown;

    function setUp() public {
        vm.warp(1_700_000_000);
        _pool = new Pool();
        _windDown = new WindDown(address(_pool), address(_pool), new bytes32[](0));
        _store(ENDED_AT, 1);
        _store(VALUATION, 1);
        _store(CLAIMS_UNTIL, 1);
        _store(FINALISED, 1);
    }

    /// @dev A payment is the claim in full while the pool suffices, else its share of the pool, rounded down; and it is
    /// made once.
    /// @custom:property D3
    function check_aClaimGetsItsShareOnce(uint64 value, uint64 claims, uint64 pool) external {
        vm.assume(value <= claims);
        _fix(claims, pool);
        _enter(1, value);
        uint256 share = _share(value, claims, pool);
        try _windDown.pay(1) {
            assert(share != 0 && _pool.paid() == share && _windDown.entryOf(1).value == 0);
        } catch {
            assert(share == 0 && _pool.paid() == 0);
        }
        try _windDown.pay(1) {
            assert(false);
        } catch {}
    }

    /// @dev Two claims that are all claims take no more than the pool, and neither stops the other's payment.
    /// @custom:property D3
    function check_allClaimsTakeNoMoreThanThePool(uint64 a, uint64 b, uint64 pool) external {
        _fix(uint256(a) + b, pool);
        _enter(1, a);
        _enter(2, b);
        _pay(1, a, uint256(a) + b, pool);
        _pay(2, b, uint256(a) + b, pool);
        assert(_pool.paid() <= pool && _pool.paid() <= uint256(a) + b);
    }

    /// @dev Only a claim whose share is 0 is not paid.
    function _pay(uint256 account, uint256 value, uint256 claims, uint256 pool) private {
        try _windDown.pay(account) {}
        catch {
            assert(claims <= pool ? value == 0 : value * pool < claims);
        }
    }

    function _share(uint256 value, uint256 claims, uint256 pool) private pure returns (uint256) {
        return claims <= pool ? value : value * pool / claims;
    }

    function _fix(uint256 claims, uint64 pool) private {
        _pool.set(pool);
        _store(TOTAL_CLAIMS, claims);
        _store(POOL, pool);
        _store(RESERVED, claims < pool ? claims : pool);
    }

    function _enter(uint256 account, uint256 value) private {
        _store(keccak256(abi.encode(account, ENTRIES)), value);
    }

    function _store(bytes32 slot, uint256 value) private {
        vm.store(address(_windDown), slot, bytes32(value));
    }
}

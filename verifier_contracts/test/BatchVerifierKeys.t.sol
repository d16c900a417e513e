// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BatchVerifier} from "../src/BatchVerifier.sol";
import {IBatchVerifier} from "../src/interfaces/IBatchVerifier.sol";
import {BatchFixture} from "./fixtures/BatchFixture.sol";

contract BatchVerifierKeysTest is BatchFixture {
    function setUp() public {
        _readCircuits();
    }

    function test_takesOneKeyAndOthersInAnyOrder() public {
        IBatchVerifier.Key[] memory keys = new IBatchVerifier.Key[](1);
        keys[0] = _key(other);
        _verify(new BatchVerifier(keys), _batch(0, 0, 2));
        keys = _keys();
        (keys[0], keys[2]) = (keys[2], keys[0]);
        _verify(new BatchVerifier(keys), _batch(2, 1, 2));
    }

    /// @dev As many keys of six signals as the code of a contract holds, and one more.
    function test_takesManyKeys() public {
        IBatchVerifier.Key[] memory keys = _manyKeys(37);
        BatchVerifier verifier = new BatchVerifier(keys);
        Batch memory batch = _batch(2, 0, 0);
        batch.groups[0].circuit = keys[36].circuit;
        _verify(verifier, batch);
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.TooManyKeys.selector, 770, 767));
        new BatchVerifier(_manyKeys(38));
    }

    function test_refusesNoKeys() public {
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.NoKeys.selector));
        new BatchVerifier(new IBatchVerifier.Key[](0));
    }

    function test_refusesTwoKeysOfOneCircuit() public {
        IBatchVerifier.Key[] memory keys = _keys();
        keys[2].circuit = keys[0].circuit;
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.DuplicateCircuit.selector, first.circuit));
        new BatchVerifier(keys);
    }

    function test_refusesKeysWithoutPoints() public {
        IBatchVerifier.Key[] memory keys = _keys();
        keys[1].ic = new uint256[2][](0);
        _expectInvalid(keys);
    }

    function test_refusesPointsOutOfTheirGroups() public {
        for (uint256 amount = 1; amount < 3; ++amount) {
            // A point off its curve; a coordinate out of range.
            uint256 change = amount == 1 ? 1 : BASE;
            IBatchVerifier.Key[] memory keys = _keys();
            keys[1].alpha[1] += change;
            _expectInvalid(keys);
            keys = _keys();
            keys[1].beta[0][1] += change;
            _expectInvalid(keys);
            keys = _keys();
            keys[1].gamma[1][0] += change;
            _expectInvalid(keys);
            keys = _keys();
            keys[1].delta[1][1] += change;
            _expectInvalid(keys);
            keys = _keys();
            keys[1].ic[6][0] += change;
            _expectInvalid(keys);
        }
    }

    /// @dev With delta = gamma, (alpha, beta, -IC(signals)) proves anything, and with delta = -gamma IC(signals) does.
    function test_attack_aKeyWithoutAContribution() public {
        IBatchVerifier.Key[] memory keys = _keys();
        keys[1].delta = keys[1].gamma;
        _expectForgeable(keys);
        (keys[1].delta[1][0], keys[1].delta[1][1]) = (BASE - keys[1].gamma[1][0], BASE - keys[1].gamma[1][1]);
        _expectForgeable(keys);
    }

    function test_attack_aKeyWithAZero() public {
        uint256[2][2] memory zero;
        IBatchVerifier.Key[] memory keys = _keys();
        keys[1].alpha = [uint256(0), 0];
        _expectForgeable(keys);
        keys = _keys();
        keys[1].beta = zero;
        _expectForgeable(keys);
        keys = _keys();
        keys[1].gamma = zero;
        _expectForgeable(keys);
        keys = _keys();
        keys[1].delta = zero;
        _expectForgeable(keys);
    }

    function _manyKeys(uint256 count) private view returns (IBatchVerifier.Key[] memory keys) {
        keys = new IBatchVerifier.Key[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = _key(first);
            keys[i].circuit = keccak256(abi.encode(i));
        }
    }

    /// @dev A precompile takes all gas it is given when it refuses a point, so a test gives a deployment only some.
    function deploy(IBatchVerifier.Key[] memory keys) external {
        new BatchVerifier(keys);
    }

    function _expectInvalid(IBatchVerifier.Key[] memory keys) private {
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.InvalidKey.selector, keys[1].circuit));
        this.deploy{gas: 30_000_000}(keys);
    }

    function _expectForgeable(IBatchVerifier.Key[] memory keys) private {
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.ForgeableKey.selector, keys[1].circuit));
        new BatchVerifier(keys);
    }
}

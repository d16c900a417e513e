// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Batches} from "../../src/clearing/Batches.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {BatchesFixture} from "./fixtures/BatchesFixture.sol";

/// @dev Batches of tests/vectors/batches.json: what zkmargin.clearing says is accepted, and nothing else.
contract BatchesTest is BatchesFixture {
    function setUp() public {
        _deploy(false);
    }

    function test_BatchesOfTheLibraryAreAccepted() public {
        string[4] memory places = ["0", "1", "2", "3"];
        for (uint256 i = 0; i < places.length; ++i) {
            Case memory given = _batch(places[i]);
            assertEq(_check(given), given.fees);
        }
    }

    function test_CircuitsAndVerifierAreThoseOfTheDeployment() public view {
        assertEq(batches.verifier(), address(verifier));
        IBatches.Circuit[] memory circuits = _circuits();
        for (uint256 i = 0; i < circuits.length; ++i) {
            assertEq(abi.encode(batches.circuitOf(circuits[i].circuit)), abi.encode(circuits[i]));
        }
        IBatches.Circuit memory other = batches.circuitOf(keccak256("margin_13"));
        assertEq(uint256(other.kind), uint256(IBatches.Kind.None));
    }

    function test_AVerifierWithoutCodeIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IBatches.NotAContract.selector, address(1)));
        new Batches(address(1), _circuits());
    }

    function test_ACircuitTwiceIsRefused() public {
        _refusedCircuit("match_1", IBatches.Circuit(keccak256("match_1"), IBatches.Kind.Fills, 0));
    }

    function test_ACircuitOfNoKindIsRefused() public {
        _refusedCircuit("none", IBatches.Circuit(keccak256("none"), IBatches.Kind.None, 0));
    }

    function test_ACircuitOfFillsWithPlacesIsRefused() public {
        _refusedCircuit("match_2", IBatches.Circuit(keccak256("match_2"), IBatches.Kind.Fills, 1));
    }

    function test_ACircuitOfHealthWithoutPlacesIsRefused() public {
        _refusedCircuit("health_0", IBatches.Circuit(keccak256("health_0"), IBatches.Kind.Health, 0));
    }

    function test_ACircuitOfHealthWithTooManyPlacesIsRefused() public {
        _refusedCircuit("health_65536", IBatches.Circuit(keccak256("health_65536"), IBatches.Kind.Health, 65_536));
    }

    /// @dev Every word of a batch is bound: by its proofs, or by the hash z.
    function test_AnyOtherWordIsRefused() public {
        _refusedWordByWord("1");
        _refusedWordByWord("2");
    }

    function test_AnotherDomainOrLevelIsRefused() public {
        Case memory given = _batch("1");
        ++given.domain;
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
        given = _batch("1");
        --given.requirementBps;
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
    }

    function test_ABatchWithoutAccountsOrProofsIsRefused() public {
        Case memory given = _batch("2");
        given.batch.upkeep = new IBatches.Operations[](0);
        _refused(given, abi.encodeWithSelector(IBatches.EmptyBatch.selector));
        given = _batch("2");
        given.batch.accounts = new IBatches.Touched[](0);
        given.firsts = new uint256[](0);
        _refused(given, abi.encodeWithSelector(IBatches.EmptyBatch.selector));
    }

    function test_OneFirstStateIsNeededForEachAccount() public {
        Case memory given = _batch("1");
        given.firsts = _numbers(given.firsts[0]);
        _refused(given, abi.encodeWithSelector(IBatches.OtherLength.selector, 1, 2));
        given.firsts = new uint256[](3);
        _refused(given, abi.encodeWithSelector(IBatches.OtherLength.selector, 3, 2));
    }

    function test_TooManyFactorsAreRefused() public {
        Case memory given = _batch("1");
        given.batch.fills[0].elements = new uint256[](32_766);
        _refused(given, abi.encodeWithSelector(IBatches.TooManyFactors.selector, 65_536));
        given.batch.fills[0].elements = new uint256[](32_765);
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
    }

    function _refusedCircuit(string memory name, IBatches.Circuit memory circuit) private {
        IBatches.Circuit[] memory circuits = _circuits();
        circuits[1] = circuit;
        vm.expectRevert(abi.encodeWithSelector(IBatches.InvalidCircuit.selector, keccak256(bytes(name))));
        new Batches(address(verifier), circuits);
    }

    function _refusedWordByWord(string memory place) private {
        Case memory given = _batch(place);
        bytes memory encoded = abi.encode(given.batch);
        bytes32 original = keccak256(encoded);
        uint256 tried = 0;
        for (uint256 offset = 32; offset <= encoded.length; offset += 32) {
            _flip(encoded, offset);
            try this.decoded(encoded) returns (IBatches.Batch memory changed) {
                // A list may be read from another place that says the same.
                if (keccak256(abi.encode(changed)) != original) {
                    (bool accepted,) = address(batches)
                        .staticcall(
                            abi.encodeCall(
                                batches.checkBatch, (changed, given.domain, given.requirementBps, given.firsts)
                            )
                        );
                    assertFalse(accepted);
                    ++tried;
                }
            } catch {}
            _flip(encoded, offset);
        }
        assertEq(keccak256(encoded), original);
        assertEq(_check(given), given.fees);
        assertGe(tried, 20);
    }

    function decoded(bytes calldata encoded) external pure returns (IBatches.Batch memory) {
        return abi.decode(encoded, (IBatches.Batch));
    }

    function _flip(bytes memory data, uint256 offset) private pure {
        assembly ("memory-safe") {
            let place := add(data, offset)
            mstore(place, xor(mload(place), 1))
        }
    }
}

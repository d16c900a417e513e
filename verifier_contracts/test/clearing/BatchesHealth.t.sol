// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../src/clearing/IBatches.sol";
import {BatchesFixture} from "./fixtures/BatchesFixture.sol";

/// @dev Attestations of tests/vectors/batches.json.
contract BatchesHealthTest is BatchesFixture {
    function setUp() public {
        _deploy(false);
    }

    function test_AttestationsOfTheLibraryAreAccepted() public {
        _check(_attestation("0"));
        _check(_attestation("1"));
    }

    /// @dev An owner's step is verified in the same call, in a group of its own.
    function test_ProofsOfOtherStatementsAreVerifiedToo() public {
        Attestation memory given = _attestation("0");
        IBatches.Statement memory step =
            IBatches.Statement(keccak256("withdraw"), _numbers(11, 12), given.health[0].proof);
        given.others = new IBatches.Statement[](2);
        given.others[0] = step;
        given.others[1] = IBatches.Statement(keccak256("claim"), _numbers(13), given.health[1].proof);
        _refused(given, _invalid("withdraw"));
        verifier.accept(step.circuit, step.signals, step.proof);
        _refused(given, _invalid("claim"));
        verifier.accept(given.others[1].circuit, given.others[1].signals, given.others[1].proof);
        _check(given);
        ++given.health[0].digest;
        _refused(given, _invalid("health_4x13"));
    }

    function test_AnAttestationWithoutAccountsIsRefused() public {
        Attestation memory given = _attestation("1");
        (given.accounts, given.commitments) = (new uint256[](0), new uint256[](0));
        _refused(given, abi.encodeWithSelector(IBatches.EmptyBatch.selector));
    }

    function test_OneCommitmentIsNeededForEachAccount() public {
        Attestation memory given = _attestation("1");
        given.commitments = new uint256[](0);
        _refused(given, abi.encodeWithSelector(IBatches.OtherLength.selector, 0, 1));
        given.commitments = new uint256[](2);
        _refused(given, abi.encodeWithSelector(IBatches.OtherLength.selector, 2, 1));
    }

    function test_Attack_AnAttestationOfAnotherAccountOrState() public {
        Attestation memory given = _attestation("1");
        ++given.accounts[0];
        _refused(given, _invalid("health_1x12"));
        given = _attestation("1");
        ++given.commitments[0];
        _refused(given, _invalid("health_1x12"));
        given.commitments[0] += FIELD - 1;
        _refused(
            given, abi.encodeWithSelector(IBatches.StateOutOfRange.selector, given.accounts[0], given.commitments[0])
        );
    }

    function test_Attack_AnAttestationInAnotherContext() public {
        Attestation memory given = _attestation("1");
        ++given.domain;
        _refused(given, _invalid("health_1x12"));
        given = _attestation("1");
        --given.requirementBps;
        _refused(given, _invalid("health_1x12"));
        given = _attestation("1");
        given.snapshotRoot = bytes32(uint256(4));
        _refused(given, _invalid("health_1x12"));
        given = _attestation("1");
        ++given.health[0].digest;
        _refused(given, _invalid("health_1x12"));
    }

    function test_Attack_AnAttestationWithoutHealthOfAnAccountOrTwice() public {
        Attestation memory given = _attestation("0");
        uint256[] memory places = given.health[1].places;
        uint256 place = places[0];
        places[0] = places[1];
        _refused(given, _notCovered(places[1]));
        places[0] = 6;
        _refused(given, _notCovered(6));
        given.health[1].places = _numbers(places[1]);
        _refused(given, _notCovered(place));
        given.health = new IBatches.Health[](0);
        _refused(given, _notCovered(0));
    }

    function test_Attack_AnAttestationByAnotherCircuit() public {
        Attestation memory given = _attestation("0");
        given.health[0].circuit = keccak256("match_1");
        _refused(
            given, abi.encodeWithSelector(IBatches.NotACircuitOf.selector, keccak256("match_1"), IBatches.Kind.Health)
        );
        given.health[0].circuit = keccak256("health_1x12");
        _refused(given, abi.encodeWithSelector(IBatches.TooManyAccounts.selector, keccak256("health_1x12"), 4, 1));
    }

    /// @dev A batch begins with its domain, which is a field element.
    function test_Attack_AnAttestationThatIsReadAsABatch() public pure {
        assertGe(uint256(bytes32("zkmargin attestation")), FIELD);
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BatchField} from "../../src/clearing/BatchField.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IBatchVerifier} from "../../src/interfaces/IBatchVerifier.sol";
import {BatchesFixture} from "./fixtures/BatchesFixture.sol";

/// @dev The attacks of tests/unit/clearing/test_verification.py, at a point z that does not depend on the batch, so that
/// one check alone refuses each. A batch with a credit of account 1 and a fill of accounts 1 and 2, and a busy one.
contract BatchesAttacksTest is BatchesFixture {
    uint256 private constant Z = 2 ** 200 + 7;

    bytes private _encoded;
    bytes private _encodedBusy;

    function setUp() public {
        _deploy(true);
        _encoded = abi.encode(_batch("4"));
        _encodedBusy = abi.encode(_batch("5"));
    }

    function test_HonestBatchesAreAccepted() public view {
        assertEq(_check(_given()), _given().fees);
        Case memory busy = abi.decode(_encodedBusy, (Case));
        assertEq(_check(busy), busy.fees);
    }

    function test_ProofsOfACircuitNeedNotStandTogether() public view {
        Case memory given = abi.decode(_encodedBusy, (Case));
        IBatches.Operations[] memory fills = given.batch.fills;
        uint256 last = fills.length - 1;
        assertEq(fills[last].circuit, fills[last - 1].circuit);
        assertTrue(fills[0].circuit != fills[last].circuit);
        (fills[0], fills[last]) = (fills[last], fills[0]);
        assertEq(_check(given), given.fees);
    }

    /// @custom:property S1
    function test_Attack_AStateThatIsNotTheAccounts() public {
        Case memory given = _given();
        given.firsts[0] = 5;
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
    }

    /// @custom:property S2
    function test_Attack_AnAccountListedTwice() public {
        Case memory given = _given();
        given.batch.accounts[1].account = 1;
        _refused(given, abi.encodeWithSelector(IBatches.AccountsNotAscending.selector, 1, 1));
        (given.batch.accounts[0].account, given.batch.accounts[1].account) = (2, 1);
        _refused(given, abi.encodeWithSelector(IBatches.AccountsNotAscending.selector, 2, 1));
    }

    function test_Attack_LastStatesExchanged() public {
        Case memory given = _given();
        IBatches.Touched[] memory accounts = given.batch.accounts;
        (accounts[0].last, accounts[1].last) = (accounts[1].last, accounts[0].last);
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
    }

    function test_Attack_APhantomAccount() public {
        Case memory given = _given();
        IBatches.Touched[] memory accounts = new IBatches.Touched[](1);
        accounts[0] = given.batch.accounts[0];
        given.batch.accounts = accounts;
        given.firsts = _numbers(given.firsts[0]);
        given.batch.health[0].places = _numbers(0);
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
    }

    function test_Attack_ARequestThatNoOperationUses() public {
        Case memory given = _given();
        IBatches.Request memory used = given.batch.requests[0];
        given.batch.requests = new IBatches.Request[](2);
        (given.batch.requests[0], given.batch.requests[1]) = (used, used);
        _refused(given, abi.encodeWithSelector(IBatches.OtherRequests.selector));
        given.batch.requests = new IBatches.Request[](0);
        _refused(given, abi.encodeWithSelector(IBatches.OtherRequests.selector));
        given.batch.requests = new IBatches.Request[](1);
        given.batch.requests[0] = IBatches.Request(used.account, used.tag, used.value + 16);
        _refused(given, abi.encodeWithSelector(IBatches.OtherRequests.selector));
        given.batch.requests[0] = IBatches.Request(used.account, 2, used.value);
        _refused(given, abi.encodeWithSelector(IBatches.OtherRequests.selector));
        given.batch.requests[0] = IBatches.Request(2, used.tag, used.value);
        _refused(given, abi.encodeWithSelector(IBatches.OtherRequests.selector));
    }

    /// @dev Fills cannot claim the factor of a request: `total` is their fees.
    function test_Attack_ADepositThatIsUsedUpAndCreditedNowhere() public {
        Case memory given = _given();
        IBatches.Request[] memory requests = new IBatches.Request[](2);
        requests[0] = given.batch.requests[0];
        requests[1] = IBatches.Request(1, 1, 8 + 16 * 10 ** 6);
        given.batch.requests = requests;
        uint256 claimed = BatchField.factor(requests[1].value, 1 + 2 ** 40, Z, BatchField.power(Z));
        given.batch.fills[0].total = claimed;
        _refused(given, abi.encodeWithSelector(IBatches.OtherRequests.selector));
    }

    /// @dev With a factor of 0 on both sides, the products say nothing.
    function test_Attack_ZAsARootOfTheStates() public {
        Case memory given = _given();
        uint256 root = BatchField.factor(0, 2, Z, BatchField.power(Z));
        assertEq(BatchField.factor(root, 2, Z, BatchField.power(Z)), 0);
        given.firsts[1] = root;
        _refused(given, abi.encodeWithSelector(IBatches.StateOutOfRange.selector, 2, root));
        given.batch.accounts[1].last = root;
        _refused(given, abi.encodeWithSelector(IBatches.StateOutOfRange.selector, 2, root));
        given.firsts[1] = _given().firsts[1];
        _refused(given, abi.encodeWithSelector(IBatches.StateOutOfRange.selector, 2, root));
    }

    /// @dev Modulo r, c + r is the state c.
    function test_Attack_AStateOrAnElementThatIsNotAFieldElement() public {
        Case memory given = _given();
        given.batch.accounts[1].last += FIELD;
        _refused(given, abi.encodeWithSelector(IBatches.StateOutOfRange.selector, 2, given.batch.accounts[1].last));
        given = _given();
        given.firsts[0] += FIELD;
        _refused(given, abi.encodeWithSelector(IBatches.StateOutOfRange.selector, 1, given.firsts[0]));
        given = _given();
        given.batch.fills[0].elements[1] += FIELD;
        _refused(given, abi.encodeWithSelector(IBatches.ElementOutOfRange.selector, keccak256("match_1")));
        given = _given();
        given.batch.upkeep[0].elements[0] += FIELD;
        _refused(given, abi.encodeWithSelector(IBatches.ElementOutOfRange.selector, keccak256("upkeep_2")));
    }

    function test_Attack_AClaimedSignal() public {
        Case memory given = _given();
        ++given.batch.fills[0].total;
        _refused(given, _invalid("match_1"));
        given = _given();
        ++given.batch.fills[0].ratio;
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
        given = _given();
        ++given.batch.upkeep[0].total;
        _refused(given, abi.encodeWithSelector(IBatches.OtherRequests.selector));
        given = _given();
        ++given.batch.upkeep[0].ratio;
        _refused(given, abi.encodeWithSelector(IBatches.StatesDoNotFollow.selector));
    }

    /// @dev The products hold, but neither ratio is the proven one.
    function test_Attack_RatiosThatAreDividedOtherwise() public {
        Case memory given = _given();
        given.batch.fills[0].ratio = mulmod(given.batch.fills[0].ratio, 2, FIELD);
        given.batch.upkeep[0].ratio = mulmod(given.batch.upkeep[0].ratio, (FIELD + 1) / 2, FIELD);
        _refused(given, _invalid("match_1"));
    }

    function test_Attack_APartThatIsNotTheProvenOne() public {
        Case memory given = _given();
        ++given.batch.fills[0].digest;
        _refused(given, _invalid("match_1"));
        given = _given();
        ++given.batch.upkeep[0].digest;
        _refused(given, _invalid("upkeep_2"));
        given = _given();
        ++given.batch.health[0].digest;
        _refused(given, _invalid("health_4x13"));
        given = _given();
        uint256[] memory elements = given.batch.fills[0].elements;
        given.batch.fills[0].elements = _numbers(elements[1], elements[0]);
        _refused(given, _invalid("match_1"));
        given.batch.fills[0].elements = _numbers(elements[0]);
        _refused(given, _invalid("match_1"));
        given = _given();
        given.batch.upkeep[0].elements = _numbers(given.batch.upkeep[0].elements[0], 1);
        _refused(given, _invalid("upkeep_2"));
    }

    function test_Attack_AProofOfAnotherPart() public {
        Case memory given = _given();
        IBatchVerifier.Proof memory proof = given.batch.fills[0].proof;
        given.batch.fills[0].proof = given.batch.upkeep[0].proof;
        given.batch.upkeep[0].proof = proof;
        _refused(given, _invalid("match_1"));
        given = _given();
        given.batch.health[0].proof = proof;
        _refused(given, _invalid("health_4x13"));
    }

    function test_Attack_AnotherOrderInAProofOfHealth() public {
        Case memory given = _given();
        given.batch.health[0].places = _numbers(1, 0);
        _refused(given, _invalid("health_4x13"));
    }

    /// @dev The places that accounts do not take are blank, so a proof of a blank is not one of an account.
    function test_Attack_ABlankInAnAccountsPlace() public {
        Case memory given = _given();
        IBatches.Health memory first = given.batch.health[0];
        IBatches.Health[] memory health = new IBatches.Health[](2);
        health[0] = IBatches.Health(first.circuit, first.digest, _numbers(0), first.proof);
        health[1] = IBatches.Health(first.circuit, first.digest, _numbers(1), first.proof);
        given.batch.health = health;
        _refused(given, _invalid("health_4x13"));
    }

    function test_Attack_AContextThatIsNotTheProvenOne() public {
        Case memory given = _given();
        ++given.batch.time;
        _refused(given, _invalid("match_1"));
        given = _given();
        given.batch.reduceOnly = true;
        _refused(given, _invalid("match_1"));
        given = _given();
        ++given.domain;
        _refused(given, _invalid("match_1"));
        given = _given();
        given.batch.snapshotRoot = bytes32(uint256(4));
        _refused(given, _invalid("upkeep_2"));
        given = _given();
        given.requirementBps = 0;
        _refused(given, _invalid("health_4x13"));
    }

    function test_Attack_ABatchWithoutHealth() public {
        Case memory given = _given();
        given.batch.health = new IBatches.Health[](0);
        _refused(given, _notCovered(0));
    }

    function test_Attack_AnAccountWithoutHealthOrTwice() public {
        Case memory given = _given();
        given.batch.health[0].places = _numbers(1);
        _refused(given, _notCovered(0));
        given.batch.health[0].places = _numbers(0);
        _refused(given, _notCovered(1));
        given.batch.health[0].places = _numbers(0, 0);
        _refused(given, _notCovered(0));
        given.batch.health[0].places = _numbers(0, 2);
        _refused(given, _notCovered(2));
    }

    /// @dev Health that a batch of upkeep shows is checked in full.
    function test_Attack_UpkeepWithHealthOfOneAccount() public {
        Case memory given = _given();
        given.batch.fills = new IBatches.Operations[](0);
        given.batch.health[0].places = _numbers(0);
        _refused(given, _notCovered(1));
    }

    function test_Attack_ACircuitOfAnotherKind() public {
        _refusedCircuit("upkeep_2", IBatches.Kind.Fills);
        _refusedCircuit("health_1x12", IBatches.Kind.Fills);
        _refusedCircuit("margin_13", IBatches.Kind.Fills);
        _refusedCircuit("match_1", IBatches.Kind.Upkeep);
        _refusedCircuit("", IBatches.Kind.Upkeep);
        _refusedCircuit("match_1", IBatches.Kind.Health);
        Case memory given = _given();
        given.batch.health[0].circuit = keccak256("health_1x12");
        _refused(given, abi.encodeWithSelector(IBatches.TooManyAccounts.selector, keccak256("health_1x12"), 2, 1));
    }

    function _refusedCircuit(string memory name, IBatches.Kind kind) private {
        Case memory given = _given();
        bytes32 circuit = keccak256(bytes(name));
        if (kind == IBatches.Kind.Fills) given.batch.fills[0].circuit = circuit;
        else if (kind == IBatches.Kind.Upkeep) given.batch.upkeep[0].circuit = circuit;
        else given.batch.health[0].circuit = circuit;
        _refused(given, abi.encodeWithSelector(IBatches.NotACircuitOf.selector, circuit, kind));
    }

    function _given() private view returns (Case memory) {
        return abi.decode(_encoded, (Case));
    }
}

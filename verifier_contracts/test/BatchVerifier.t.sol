// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BatchVerifier} from "../src/BatchVerifier.sol";
import {IBatchVerifier} from "../src/interfaces/IBatchVerifier.sol";
import {BatchFixture} from "./fixtures/BatchFixture.sol";

contract BatchVerifierTest is BatchFixture {
    BatchVerifier private verifier;

    function setUp() public {
        _readCircuits();
        verifier = new BatchVerifier(_keys());
    }

    // --- gas of whole transactions; in tests of their own, so that each begins with cold accounts

    function test_gasOf1Proof() public {
        _measure("1 proof", _batch(1, 0, 0));
    }

    function test_gasOf16Proofs() public {
        assertLe(_measure("16 proofs", _batch(16, 0, 0)), 1_080_000);
    }

    function test_gasOf64Proofs() public {
        assertLe(_measure("64 proofs", _batch(64, 0, 0)), 3_670_000);
    }

    function test_gasOfAFurtherCircuit() public {
        assertLe(_measure("16 proofs, 2 circuits of one phase 1", _batch(15, 1, 0)), 1_160_000);
    }

    function test_gasOfAFurtherCircuitOfSeveralProofs() public {
        _measure("16 proofs, 2 circuits of one phase 1, 2 of the second", _batch(14, 2, 0));
    }

    function test_gasOfAFurtherPhase1() public {
        _measure("16 proofs, 2 circuits of two phases 1", _batch(15, 0, 1));
    }

    // --- accepted batches

    function test_acceptsProofsOfSeveralCircuits() public view {
        _verify(verifier, _batch(3, 2, 2));
        _verify(verifier, _batch(0, 1, 0));
        _verify(verifier, _batch(0, 0, 2));
        _verify(verifier, _batch(2, 0, 1));
        _verify(verifier, _batch(0, 2, 1));
    }

    function test_acceptsACircuitInTwoGroups() public view {
        Batch memory batch = _batch(4, 0, 0);
        batch.groups = new IBatchVerifier.Group[](2);
        batch.groups[0] = IBatchVerifier.Group(first.circuit, 1);
        batch.groups[1] = IBatchVerifier.Group(first.circuit, 3);
        _verify(verifier, batch);
    }

    /// @dev So nothing may be keyed on the bytes of a proof.
    function test_acceptsAnAlteredProofOfTheSameStatement() public view {
        Batch memory batch = _batch(2, 0, 0);
        IBatchVerifier.Proof memory proof = batch.proofs[1];
        (proof.a[1], proof.b[1]) = (BASE - proof.a[1], [BASE - proof.b[1][0], BASE - proof.b[1][1]]);
        _verify(verifier, batch);
    }

    // --- attacks

    function test_attack_oneInvalidProofAmong64() public {
        for (uint256 i = 0; i < 64; i += 21) {
            Batch memory batch = _batch(64, 0, 0);
            batch.proofs[i].c = batch.proofs[(i + 1) % 64].c;
            _expectInvalid(batch);
        }
    }

    function test_attack_signalsOfTwoProofsExchanged() public {
        Batch memory batch = _batch(3, 0, 0);
        for (uint256 j = 0; j < SIGNALS; ++j) {
            uint256 signal = batch.signals[j];
            batch.signals[j] = batch.signals[SIGNALS + j];
            batch.signals[SIGNALS + j] = signal;
        }
        _expectInvalid(batch);
    }

    function test_attack_aProofUnderAnotherKey() public {
        Batch memory batch = _batch(2, 1, 0);
        (batch.groups[0].count, batch.groups[1].count) = (1, 2);
        _expectInvalid(batch);
        batch = _batch(1, 0, 0);
        batch.groups[0].circuit = other.circuit;
        _expectInvalid(batch);
    }

    function test_attack_aSignalPlusTheOrderOfTheField() public {
        // The first and the last proof, as signals are read in pairs and a single one.
        for (uint256 count = 1; count < 5; ++count) {
            for (uint256 i = 0; i < count; ++i) {
                Batch memory batch = _batch(count, 0, 0);
                uint256 altered = batch.signals[SIGNALS * i + 4] += FIELD;
                vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.SignalOutOfRange.selector, altered));
                _verify(verifier, batch);
            }
        }
    }

    /// @dev Without rho, the equations' sum has the sum of C, which stays.
    function test_attack_errorsThatCancel() public {
        Batch memory batch = _batch(2, 0, 0);
        uint256[2] memory point = batch.proofs[0].a;
        batch.proofs[0].c = _add(batch.proofs[0].c, point);
        batch.proofs[1].c = _add(batch.proofs[1].c, [point[0], BASE - point[1]]);
        _expectInvalid(batch);
    }

    /// @dev Two errors cancel if they suit rho, which must therefore depend on every point.
    function test_attack_pointsThatSuitRho() public {
        Batch memory batch = _batch(2, 0, 0);
        uint256[2] memory point = batch.proofs[0].a;
        uint256[2] memory opposite = [point[0], BASE - point[1]];
        uint256[2] memory c = batch.proofs[0].c;
        uint256[2] memory unsuited = _multiply(point, _rho(batch));
        batch.proofs[1].c = _add(batch.proofs[1].c, opposite);
        batch.proofs[0].c = _add(c, unsuited);
        _expectInvalid(batch);
        // This would pass if rho did not cover proofs.
        uint256 rho = _rho(Batch(batch.groups, batch.signals, new IBatchVerifier.Proof[](0)));
        batch.proofs[0].c = _add(c, _multiply(point, rho));
        _expectInvalid(batch);
    }

    /// @dev The same with signals.
    function test_attack_signalsThatSuitRho() public {
        Batch memory batch = _batch(2, 0, 0);
        uint256 signal = batch.signals[0];
        uint256 unsuited = _rho(batch);
        batch.signals[SIGNALS] = addmod(batch.signals[SIGNALS], FIELD - 1, FIELD);
        batch.signals[0] = addmod(signal, unsuited, FIELD);
        _expectInvalid(batch);
        // This would pass if rho did not cover signals.
        uint256 rho = _rho(Batch(batch.groups, new uint256[](0), batch.proofs));
        batch.signals[0] = addmod(signal, rho, FIELD);
        _expectInvalid(batch);
    }

    /// @dev The coefficient of the second proof is the hash of circuits, signals and proofs.
    function test_multipliesByAHashOfAll() public {
        Batch memory batch = _batch(1, 1, 0);
        bytes memory product = abi.encode(batch.proofs[1].a, _rho(batch));
        vm.expectCall(address(7), product);
        _verify(verifier, batch);
    }

    /// @dev Two proofs with one coefficient would let errors cancel. The first group of one proof has the 1.
    function test_givesEachProofAnotherPowerOfRho() public {
        Batch memory batch = _batch(2, 1, 1);
        uint256 rho = _rho(batch);
        uint256 power = rho;
        for (uint256 i = 0; i < 4; ++i) {
            if (i == 2) continue;
            vm.expectCall(address(7), abi.encode(batch.proofs[i].a, power));
            vm.expectCall(address(7), abi.encode(batch.proofs[i].c, power));
            power = mulmod(power, rho, FIELD);
        }
        _verify(verifier, batch);
    }

    function test_attack_anEmptyBatch() public {
        Batch memory batch;
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.EmptyBatch.selector));
        _verify(verifier, batch);
    }

    function testFuzz_attack_aChangedBit(uint256 place, uint256 bit) public {
        Batch memory batch = _batch(2, 1, 1);
        (place, bit) = (place % 56, bit % 256);
        uint256 proof = place / 14;
        uint256 word = place % 14;
        if (word < 6) {
            batch.signals[SIGNALS * proof + word] ^= 1 << bit;
        } else {
            _set(batch.proofs[proof], word - 6, _get(batch.proofs[proof], word - 6) ^ (1 << bit));
        }
        vm.expectRevert();
        _verify(verifier, batch);
    }

    // --- refused input

    function test_refusesAnEmptyGroup() public {
        Batch memory batch = _batch(1, 1, 0);
        (batch.groups[0].count, batch.groups[1].count) = (2, 0);
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.EmptyGroup.selector, second.circuit));
        _verify(verifier, batch);
    }

    function test_refusesOtherNumbersOfProofs() public {
        Batch memory batch = _batch(2, 0, 0);
        batch.groups[0].count = 1;
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.WrongNumberOfProofs.selector, 2, 1));
        _verify(verifier, batch);
        batch.groups[0].count = 2 ** 255;
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.WrongNumberOfProofs.selector, 2, 2 ** 255));
        _verify(verifier, batch);
        batch.groups = new IBatchVerifier.Group[](0);
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.WrongNumberOfProofs.selector, 2, 0));
        _verify(verifier, batch);
    }

    /// @dev Their sum is 2, the number of proofs.
    function test_attack_countsWhoseSumWraps() public {
        Batch memory batch = _batch(2, 0, 0);
        batch.groups = new IBatchVerifier.Group[](2);
        batch.groups[0] = IBatchVerifier.Group(first.circuit, type(uint256).max);
        batch.groups[1] = IBatchVerifier.Group(first.circuit, 3);
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.WrongNumberOfProofs.selector, 2, type(uint256).max));
        _verify(verifier, batch);
    }

    function test_refusesOtherNumbersOfSignals() public {
        for (uint256 found = 11; found < 14; found += 2) {
            Batch memory batch = _batch(2, 0, 0);
            batch.signals = new uint256[](found);
            vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.WrongNumberOfSignals.selector, found, 12));
            _verify(verifier, batch);
        }
    }

    function test_refusesAnUnknownCircuit() public {
        Batch memory batch = _batch(1, 0, 0);
        batch.groups[0].circuit = keccak256("third");
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.UnknownCircuit.selector, keccak256("third")));
        _verify(verifier, batch);
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.UnknownCircuit.selector, keccak256("third")));
        verifier.signalsOf(keccak256("third"));
    }

    function test_tellsTheNumberOfSignals() public view {
        assertEq(verifier.signalsOf(second.circuit), SIGNALS);
    }

    /// @dev With the least gas: what a precompile leaves is enough to say why.
    function test_refusesCoordinatesOutOfRange() public view {
        for (uint256 count = 1; count < 65; count += 21) {
            for (uint256 word = 0; word < 8; ++word) {
                Batch memory batch = _batch(count, 0, 0);
                uint256 i = word % 2 == 0 ? 0 : count - 1;
                _set(batch.proofs[i], word, _get(batch.proofs[i], word) + BASE);
                bytes memory expected = abi.encodeWithSelector(IBatchVerifier.CoordinateOutOfRange.selector, i);
                assertEq(_outcome(batch, _leastGas(batch)), expected);
            }
        }
    }

    function test_refusesPointsOffTheirCurves() public view {
        for (uint256 count = 1; count < 65; count += 21) {
            for (uint256 word = 0; word < 8; ++word) {
                Batch memory batch = _batch(count, 0, 0);
                IBatchVerifier.Proof memory proof = batch.proofs[word % 2 == 0 ? 0 : count - 1];
                _set(proof, word, _get(proof, word) ^ 1);
                assertEq(_outcome(batch, _leastGas(batch)), abi.encodePacked(IBatchVerifier.InvalidPoint.selector));
            }
        }
    }

    /// @dev A point of the twist whose order is not r; see outside_the_subgroup in tests/support/golden_proof.py.
    function test_refusesAPointOutsideTheSubgroup() public {
        Batch memory batch = _batch(1, 0, 0);
        batch.proofs[0].b = [
            [uint256(0), 1],
            [
                5912654199736721486680175016176231956195085055698687135131307249486702594212,
                18278151005453108793778860132295291098363647455926340152056652516292830556603
            ]
        ];
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.InvalidPoint.selector));
        _verify(verifier, batch);
    }

    function test_acceptsWithTheLeastGasAndNotWithLess() public view {
        Batch[5] memory batches =
            [_batch(1, 0, 0), _batch(16, 0, 0), _batch(64, 0, 0), _batch(1, 1, 1), _batch(0, 0, 2)];
        for (uint256 i = 0; i < batches.length; ++i) {
            uint256 least = _leastGas(batches[i]);
            assertEq(_outcome(batches[i], least).length, 0);
            assertEq(bytes32(_outcome(batches[i], least - 1)), bytes32(IBatchVerifier.NotEnoughGas.selector));
        }
    }

    // ---

    /// @dev The gas of a call with which a batch is just not refused for too little gas.
    function _leastGas(Batch memory batch) private view returns (uint256 gas_) {
        gas_ = 45_000 + 10_000 * batch.groups.length;
        // The keys are then read at one price, before and after the first accepted batch.
        verifier.signalsOf(first.circuit);
        bytes memory reason = _outcome(batch, gas_);
        assertEq(bytes4(reason), IBatchVerifier.NotEnoughGas.selector);
        uint256 left;
        uint256 needed;
        assembly {
            left := mload(add(reason, 0x24))
            needed := mload(add(reason, 0x44))
        }
        gas_ += needed - left;
    }

    /// @dev The data of the revert; empty for an accepted batch.
    function _outcome(Batch memory batch, uint256 gas_) private view returns (bytes memory) {
        try verifier.verify{gas: gas_}(batch.groups, batch.signals, batch.proofs) {
            return "";
        } catch (bytes memory reason) {
            assertGt(reason.length, 0);
            return reason;
        }
    }

    function _expectInvalid(Batch memory batch) private {
        vm.expectRevert(abi.encodeWithSelector(IBatchVerifier.InvalidBatch.selector));
        _verify(verifier, batch);
    }

    function _measure(string memory name, Batch memory batch) private returns (uint256 transaction) {
        _verify(verifier, batch);
        transaction = _transactionGas(vm.snapshotGasLastCall("BatchVerifier", string.concat(name, ", call")), batch);
        vm.snapshotValue("BatchVerifier", string.concat(name, ", transaction"), transaction);
    }
}

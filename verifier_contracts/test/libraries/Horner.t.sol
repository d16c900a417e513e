// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Horner} from "../../src/libraries/Horner.sol";
import {Test} from "../Vm.sol";

contract HornerTest is Test {
    uint256 private constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @dev The lists of tests/vectors/horner.json.
    string[6] private _lists = ["one", "zeros", "largest", "smallestCircuit", "disclosure13", "disclosure128"];

    // --- against tests/vectors/horner.json

    function test_pointsAndValuesAreThoseOfTheVectors() public view {
        string memory json = vm.readFile("tests/vectors/horner.json");
        for (uint256 i = 0; i < _lists.length; ++i) {
            uint256[] memory elements = vm.parseJsonUintArray(json, string.concat(".", _lists[i], ".elements"));
            // Seed, point and the value there.
            uint256[] memory known = vm.parseJsonUintArray(json, string.concat(".", _lists[i], ".answers"));
            assertEq(this.pointOf(bytes32(known[0]), elements), known[1]);
            assertEq(this.valueOf(elements, known[1]), known[2]);
        }
    }

    // --- by hand

    function test_smallListsByHand() public view {
        uint256[] memory elements = new uint256[](0);
        assertEq(this.valueOf(elements, 5), 0);
        elements = _list(7, 3, 2);
        assertEq(this.valueOf(elements, 0), 7);
        assertEq(this.valueOf(elements, 1), 12);
        assertEq(this.valueOf(elements, 10), 237);
        // At -1: 7 - 3 + 2. A point beyond r counts modulo r.
        assertEq(this.valueOf(elements, FIELD - 1), 6);
        assertEq(this.valueOf(elements, FIELD + 10), 237);
    }

    function testFuzz_isTheSumOfPowers(uint256[8] memory raw, uint256 x) public view {
        uint256[] memory elements = new uint256[](8);
        uint256 sum = 0;
        uint256 power = 1;
        for (uint256 i = 0; i < 8; ++i) {
            elements[i] = raw[i] % FIELD;
            sum = addmod(sum, mulmod(elements[i], power, FIELD), FIELD);
            power = mulmod(power, x, FIELD);
        }
        assertEq(this.valueOf(elements, x), sum);
    }

    // --- attacks

    function testFuzz_attack_oneElementChangedOrTwoExchangedGiveAnotherValue(
        uint256[8] memory raw,
        uint256 which,
        uint256 other
    ) public view {
        uint256[] memory elements = new uint256[](8);
        for (uint256 i = 0; i < 8; ++i) {
            elements[i] = raw[i] % FIELD;
        }
        bytes32 seed = bytes32(uint256(0xACC));
        uint256[] memory forged = _copy(elements);
        forged[which % 8] = other % FIELD;
        _differ(seed, elements, forged);
        forged = _copy(elements);
        (forged[which % 8], forged[other % 8]) = (forged[other % 8], forged[which % 8]);
        _differ(seed, elements, forged);
    }

    function testFuzz_attack_elementsThatAreNotReducedAreRefused(uint256 which, uint256 excess) public {
        uint256[] memory elements = _list(7, 3, 2);
        which %= 3;
        excess = FIELD + excess % (type(uint256).max - FIELD + 1);
        elements[which] = excess;
        vm.expectRevert(abi.encodeWithSelector(Horner.NotAFieldElement.selector, which, excess));
        this.valueOf(elements, 5);
    }

    function test_attack_theFirstOfTwoSuchElementsIsNamed() public {
        vm.expectRevert(abi.encodeWithSelector(Horner.NotAFieldElement.selector, 1, FIELD));
        this.valueOf(_list(FIELD - 1, FIELD, FIELD + 1), 5);
    }

    function test_gas() public {
        uint256[] memory elements = new uint256[](26);
        for (uint256 i = 0; i < 26; ++i) {
            elements[i] = FIELD - 1 - i;
        }
        this.valueOf(elements, FIELD - 2);
        vm.snapshotGasLastCall("Horner", "value of 26 elements, called");
        this.pointOf(bytes32(FIELD - 1), elements);
        vm.snapshotGasLastCall("Horner", "point of 26 elements, called");
    }

    // --- helpers

    function valueOf(uint256[] calldata elements, uint256 x) external pure returns (uint256) {
        return Horner.value(elements, x);
    }

    function pointOf(bytes32 seed, uint256[] calldata elements) external pure returns (uint256) {
        return Horner.point(seed, elements);
    }

    /// @dev At the point of the forged list, as a verifier takes it.
    function _differ(bytes32 seed, uint256[] memory elements, uint256[] memory forged) private view {
        if (keccak256(abi.encode(elements)) == keccak256(abi.encode(forged))) return;
        uint256 x = this.pointOf(seed, forged);
        assertFalse(this.valueOf(forged, x) == this.valueOf(elements, x));
        assertFalse(x == this.pointOf(seed, elements));
    }

    function _list(uint256 a, uint256 b, uint256 c) private pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    function _copy(uint256[] memory list) private pure returns (uint256[] memory copy) {
        copy = new uint256[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            copy[i] = list[i];
        }
    }
}

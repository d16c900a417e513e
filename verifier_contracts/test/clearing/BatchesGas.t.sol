// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BatchField} from "../../src/clearing/BatchField.sol";
import {BatchTranscript} from "../../src/clearing/BatchTranscript.sol";
import {Batches} from "../../src/clearing/Batches.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {Test} from "../Vm.sol";
import {FreeBatchVerifier} from "../mocks/MockBatchVerifier.sol";

/// @dev The gas of a check without the verification of proofs, with as many circuits as a market deploys.
contract BatchesGasTest is Test {
    uint256 private constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant DOMAIN = 77;
    uint256 private constant BPS = 12_500;

    IBatches private batches;

    function setUp() public {
        IBatches.Circuit[] memory circuits = new IBatches.Circuit[](24);
        circuits[0] = IBatches.Circuit(keccak256("match_1"), IBatches.Kind.Fills, 0);
        circuits[1] = IBatches.Circuit(keccak256("match_7"), IBatches.Kind.Fills, 0);
        circuits[2] = IBatches.Circuit(keccak256("match_15"), IBatches.Kind.Fills, 0);
        circuits[3] = IBatches.Circuit(keccak256("health_4x13"), IBatches.Kind.Health, 4);
        circuits[4] = IBatches.Circuit(keccak256("health_24x13"), IBatches.Kind.Health, 24);
        for (uint256 i = 5; i < circuits.length; ++i) {
            circuits[i] = IBatches.Circuit(keccak256(abi.encode(i)), IBatches.Kind.Upkeep, 0);
        }
        batches = new Batches(address(new FreeBatchVerifier()), circuits);
    }

    function test_GasOfOneMatch() public {
        _measureBatch("checkBatch, 2 accounts, 1 fill", 2, 1);
    }

    function test_GasOf32AccountsWith5FillsEach() public {
        _measureBatch("checkBatch, 32 accounts, 80 fills", 32, 80);
    }

    function test_GasOf128AccountsWith20FillsEach() public {
        _measureBatch("checkBatch, 128 accounts, 1280 fills", 128, 1280);
    }

    function test_GasOfAttestations() public {
        _measureHealth("checkHealth, 1 account", 1);
        _measureHealth("checkHealth, 32 accounts", 32);
        _measureHealth("checkHealth, 128 accounts", 128);
    }

    /// @dev The point of a batch, from calldata.
    function pointOf(IBatches.Batch calldata batch, uint256[] calldata firsts) external pure returns (uint256) {
        BatchTranscript.Claim memory claim = BatchTranscript.Claim(DOMAIN, BPS, uint256(batch.snapshotRoot), 0);
        return BatchTranscript.challengeOf(batch, claim, firsts);
    }

    function _measureBatch(string memory name, uint256 accounts, uint256 fills) private {
        IBatches.Batch memory batch;
        batch.accounts = new IBatches.Touched[](accounts);
        uint256[] memory firsts = new uint256[](accounts);
        for (uint256 i = 0; i < accounts; ++i) {
            batch.accounts[i] = IBatches.Touched(i + 1, _element(i));
            firsts[i] = _element(accounts + i);
        }
        batch.fills = _fills(fills);
        batch.health = _health(accounts);
        batch.fills[0].ratio = _ratio(batch, firsts);
        batches.checkBatch(batch, DOMAIN, BPS, firsts);
        vm.snapshotGasLastCall("Batches", name);
    }

    function _measureHealth(string memory name, uint256 accounts) private {
        uint256[] memory numbers = new uint256[](accounts);
        uint256[] memory commitments = new uint256[](accounts);
        for (uint256 i = 0; i < accounts; ++i) {
            (numbers[i], commitments[i]) = (i + 1, _element(i));
        }
        IBatches.Statement[] memory none;
        batches.checkHealth(DOMAIN, BPS, bytes32(uint256(5)), numbers, commitments, _health(accounts), none);
        vm.snapshotGasLastCall("Batches", name);
    }

    /// @dev Full proofs of 15, and one that holds the rest.
    function _fills(uint256 fills) private pure returns (IBatches.Operations[] memory parts) {
        parts = new IBatches.Operations[]((fills + 14) / 15);
        for (uint256 i = 0; i < parts.length; ++i) {
            uint256 here = fills < 15 ? fills : 15;
            fills -= here;
            parts[i].circuit =
                keccak256(here == 15 ? bytes("match_15") : here == 1 ? bytes("match_1") : bytes("match_7"));
            parts[i].elements = new uint256[](2 * here);
            for (uint256 j = 0; j < 2 * here; ++j) {
                parts[i].elements[j] = _element(1000 * i + j);
            }
            (parts[i].digest, parts[i].ratio, parts[i].total) = (_element(i), 1, 30);
        }
    }

    /// @dev Proofs of 24 accounts as long as they are full, and of 4 for the rest.
    function _health(uint256 accounts) private pure returns (IBatches.Health[] memory parts) {
        parts = new IBatches.Health[](accounts / 24 + (accounts % 24 + 3) / 4);
        uint256 place = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            uint256 left = accounts - place;
            uint256 here = left >= 24 ? 24 : left < 4 ? left : 4;
            parts[i].circuit = keccak256(here == 24 ? bytes("health_24x13") : bytes("health_4x13"));
            parts[i].places = new uint256[](here);
            for (uint256 j = 0; j < here; ++j) {
                parts[i].places[j] = place++;
            }
        }
    }

    /// @dev The ratio with which the states follow.
    function _ratio(IBatches.Batch memory batch, uint256[] memory firsts) private view returns (uint256) {
        uint256 z = this.pointOf(batch, firsts);
        uint256 y = BatchField.power(z);
        (uint256 made, uint256 consumed) = (1, 1);
        for (uint256 i = 0; i < firsts.length; ++i) {
            uint256 account = batch.accounts[i].account;
            made = mulmod(made, BatchField.factor(batch.accounts[i].last, account, z, y), FIELD);
            consumed = mulmod(consumed, BatchField.factor(firsts[i], account, z, y), FIELD);
        }
        return mulmod(consumed, _inverse(made), FIELD);
    }

    /// @dev By Fermat's little theorem.
    function _inverse(uint256 value) private pure returns (uint256 result) {
        result = 1;
        for (uint256 exponent = FIELD - 2; exponent != 0; exponent >>= 1) {
            if (exponent & 1 == 1) result = mulmod(result, value, FIELD);
            value = mulmod(value, value, FIELD);
        }
    }

    function _element(uint256 i) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(i))) % FIELD;
    }
}

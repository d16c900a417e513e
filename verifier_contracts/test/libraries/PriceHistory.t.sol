// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PriceHistory} from "../../src/libraries/PriceHistory.sol";
import {Test} from "../Vm.sol";

contract PriceHistoryUser {
    using PriceHistory for PriceHistory.History;

    PriceHistory.History private _history;

    function record(uint64 price) external {
        _history.record(price);
    }

    function average(uint256 window) external view returns (uint256) {
        return _history.average(window);
    }
}

contract PriceHistoryTest is Test {
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant CAPACITY = PriceHistory.CAPACITY;

    PriceHistoryUser private history;
    uint256[] private _times;
    uint256[] private _prices;

    function setUp() public {
        vm.warp(NOW);
        history = new PriceHistoryUser();
    }

    function test_averagesWithinTheRingAsItTurns() public {
        uint256 random = 1;
        for (uint256 i = 0; i < 2 * CAPACITY + 77; ++i) {
            random = uint256(keccak256(abi.encode(random)));
            _record(1 + random % 50, uint64(random >> 64));
            if (i % 97 != 0 && i % CAPACITY > 1) continue;
            uint256 oldest = i < CAPACITY ? 0 : i + 1 - CAPACITY;
            uint256 now_ = _times[i] + random % 3;
            vm.warp(now_);
            uint256 available = now_ - _times[oldest];
            for (uint256 part = 1; part <= 8 && available > 8; ++part) {
                uint256 window = available * part / 8;
                assertEq(history.average(window), _averageOnPaper(now_, window));
            }
            vm.expectRevert(abi.encodeWithSelector(PriceHistory.HistoryTooShort.selector, available, available + 1));
            history.average(available + 1);
        }
    }

    function test_manyPricesInOneBlockTakeOnePlace() public {
        _record(0, 100);
        vm.warp(_times[0] + 10);
        for (uint64 i = 0; i <= CAPACITY; ++i) {
            history.record(i);
        }
        assertEq(history.average(10), 100);
        vm.warp(_times[0] + 20);
        assertEq(history.average(20), (100 + CAPACITY) / 2);
    }

    function testFuzz_averagesAsOnPaper(uint16[24] memory waits, uint64[24] memory prices, uint256 window) public {
        for (uint256 i = 0; i < 24; ++i) {
            _record(waits[i] % 100, prices[i]);
        }
        uint256 available = waits[0];
        vm.warp(_times[23] + available);
        available += _times[23] - _times[0];
        window = 1 + window % (available + 10);
        if (window > available) {
            vm.expectRevert(abi.encodeWithSelector(PriceHistory.HistoryTooShort.selector, available, window));
            history.average(window);
        } else {
            assertEq(history.average(window), _averageOnPaper(_times[23] + waits[0], window));
        }
    }

    function testFuzz_theIntegralHoldsAnyPriceForAnyTime(uint64 price, uint64 time) public {
        history.record(price);
        time = time % (type(uint64).max - uint64(NOW));
        vm.warp(NOW + time);
        history.record(type(uint64).max);
        if (time != 0) assertEq(history.average(time), price);
        vm.warp(type(uint64).max);
        uint256 rest = type(uint64).max - NOW - time;
        if (rest != 0) assertEq(history.average(rest), type(uint64).max);
        history.record(1);
    }

    function _record(uint256 wait, uint64 price) private {
        uint256 before = _times.length == 0 ? NOW : _times[_times.length - 1];
        // After an average the clock is ahead by up to two seconds.
        vm.warp(before + 2 + wait);
        history.record(price);
        _times.push(before + 2 + wait);
        _prices.push(price);
    }

    function _averageOnPaper(uint256 now_, uint256 window) private view returns (uint256) {
        (uint256 total, uint256 to) = (0, now_);
        for (uint256 i = _times.length; i > 0 && to > now_ - window; --i) {
            uint256 from = _times[i - 1] > now_ - window ? _times[i - 1] : now_ - window;
            total += _prices[i - 1] * (to - from);
            to = from;
        }
        return total / window;
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The prices of one underlying over time, and their time-weighted average
/// @dev Each observation has the integral of the price over time up to it, so that an average takes two of them. Time is
/// the blocks': a price has counted for no time at all in the block that brings it.
library PriceHistory {
    /// @dev At a snapshot every ten seconds 85 minutes.
    uint256 internal constant CAPACITY = 512;

    /// @dev A price from a time on. 2^64 * 2^64 does not exceed the 128 bits of the integral.
    struct Observation {
        uint64 time;
        uint64 price;
        uint128 integral;
    }

    /// @dev A ring: observation i is at i % CAPACITY, until the one CAPACITY later takes its place.
    struct History {
        uint256 count;
        Observation[CAPACITY] ring;
    }

    /// @notice An average over no time is asked for.
    error EmptyWindow();
    /// @notice The prices of that time are not known, or not any more.
    error HistoryTooShort(uint256 available, uint256 window);

    /// @return The price now, 0 before the first
    function last(History storage self) internal view returns (uint64) {
        return _newest(self).price;
    }

    /// @notice Lets a price count from now on.
    function record(History storage self, uint64 price) internal {
        Observation memory newest = _newest(self);
        uint256 index = self.count;
        // In the same block the price before has counted for no time, and is replaced.
        // slither-disable-next-line incorrect-equality: the same block is meant, not one close to it
        if (index != 0 && newest.time == block.timestamp) --index;
        else self.count = index + 1;
        uint128 integral = uint128(_integral(newest, block.timestamp));
        self.ring[index % CAPACITY] = Observation(uint64(block.timestamp), price, integral);
    }

    /// @return The average from `window` seconds ago until now, rounded down
    function average(History storage self, uint256 window) internal view returns (uint256) {
        if (window == 0) revert EmptyWindow();
        uint256 available = _available(self);
        if (window > available) revert HistoryTooShort(available, window);
        uint256 start = block.timestamp - window;
        uint256 integral = _integral(_newest(self), block.timestamp) - _integral(_at(self, start), start);
        return integral / window;
    }

    function _available(History storage self) private view returns (uint256) {
        if (self.count == 0) return 0;
        return block.timestamp - self.ring[_oldest(self) % CAPACITY].time;
    }

    function _oldest(History storage self) private view returns (uint256) {
        return self.count > CAPACITY ? self.count - CAPACITY : 0;
    }

    function _newest(History storage self) private view returns (Observation memory newest) {
        if (self.count != 0) newest = self.ring[(self.count - 1) % CAPACITY];
    }

    /// @dev The observation that counted at a time, which is not before the oldest one's.
    function _at(History storage self, uint256 time) private view returns (Observation memory) {
        uint256 low = _oldest(self);
        uint256 high = self.count - 1;
        while (low < high) {
            uint256 middle = (low + high + 1) / 2;
            if (self.ring[middle % CAPACITY].time <= time) low = middle;
            else high = middle - 1;
        }
        return self.ring[low % CAPACITY];
    }

    function _integral(Observation memory from, uint256 time) private pure returns (uint256) {
        return from.integral + uint256(from.price) * (time - from.time);
    }
}

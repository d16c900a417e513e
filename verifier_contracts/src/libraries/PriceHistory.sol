// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The price history of one underlying, with time-weighted averages
/// @dev Each observation has the integral of the price over time up to it, so an average needs two observations. Time
/// is block time: in the block that records it, a price has counted for no time yet.
library PriceHistory {
    /// @dev Covers 85 minutes with a snapshot every ten seconds.
    uint256 internal constant CAPACITY = 512;

    /// @dev A price that counts from `time` on. The integral is below 2^64 * 2^64, so 128 bits are enough.
    struct Observation {
        uint64 time;
        uint64 price;
        uint128 integral;
    }

    /// @dev A ring buffer: observation i is at i % CAPACITY until observation i + CAPACITY replaces it.
    struct History {
        uint256 count;
        Observation[CAPACITY] ring;
    }

    /// @notice The window is zero.
    error EmptyWindow();
    /// @notice The window begins before the oldest stored price.
    error HistoryTooShort(uint256 available, uint256 window);

    /// @notice The latest price; 0 before the first.
    function last(History storage self) internal view returns (uint64) {
        return _newest(self).price;
    }

    /// @notice Records a price that counts from now on.
    function record(History storage self, uint64 price) internal {
        Observation memory newest = _newest(self);
        uint256 index = self.count;
        // A price of the same block has counted for no time and is replaced.
        // slither-disable-next-line incorrect-equality: only the same block counts
        if (index != 0 && newest.time == block.timestamp) --index;
        else self.count = index + 1;
        uint128 integral = uint128(_integral(newest, block.timestamp));
        self.ring[index % CAPACITY] = Observation(uint64(block.timestamp), price, integral);
    }

    /// @notice The time-weighted average over the last `window` seconds, rounded down.
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

    /// @dev The observation that counted at `time`, which must not be before the oldest one.
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

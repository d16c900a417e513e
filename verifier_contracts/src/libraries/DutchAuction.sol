// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The price of an account in a Dutch auction
/// @notice All amounts are in micro-quote. A negative price is paid to the winner.
/// @dev There are four stages of `fallTime` each. The price falls linearly in the first three and is constant in the
/// last:
///
///     from `openingPriceUp`   to max(floor, 0)    the account's own value
///     then                    to -fromFund        paid by the insurance fund
///     then                    to -fromCash more   paid by all holders of cash
///
/// where floor = equity - largestGain. So the winner's gain over the equity, which others pay for, is at most a part of
/// the margin requirement, the worst expected cost of closing the account out.
///
/// All rounding is against the winner. For discountBps <= 10 000 and fallTime > 0 nothing overflows: the largest gain
/// is below 2^147, and its product with a time is below 2^179.
library DutchAuction {
    /// @notice The terms of an auction.
    /// @param equity The account's equity
    /// @param requirement The account's margin requirement
    /// @param discountBps The discount of the first price from the equity, in 1/10 000 of the equity
    /// @param gainBps The largest discount of the last price from the equity, in 1/10 000 of the requirement
    /// @param fallTime The duration of a stage, in seconds
    struct Terms {
        int128 equity;
        uint128 requirement;
        uint32 discountBps;
        uint32 gainBps;
        uint32 fallTime;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant STAGES = 4;

    /// @notice The price, rounded up.
    /// @param terms The terms
    /// @param elapsed The time since the auction began, in seconds
    /// @param fundAvailable The insurance fund's balance for this market
    /// @param cashAvailable The largest loss that holders of cash can bear now
    /// @return The price, which never rises with `elapsed`, `fundAvailable` or `cashAvailable`
    function priceUp(Terms memory terms, uint256 elapsed, uint256 fundAvailable, uint256 cashAvailable)
        internal
        pure
        returns (int256)
    {
        int256 floor = int256(terms.equity) - int256(largestGainDown(terms));
        int256 own = floor > 0 ? floor : int256(0);
        uint256 fallTime = terms.fallTime;
        if (elapsed < fallTime) return _interpolateUp(openingPriceUp(terms), own, elapsed, fallTime);

        uint256 needed = uint256(own - floor);
        uint256 fromFund = _min(needed, fundAvailable);
        int256 price = own - int256(fromFund);
        if (elapsed < 2 * fallTime) return _interpolateUp(own, price, elapsed - fallTime, fallTime);

        uint256 fromCash = _min(needed - fromFund, cashAvailable);
        int256 last = price - int256(fromCash);
        if (elapsed < 3 * fallTime) return _interpolateUp(price, last, elapsed - 2 * fallTime, fallTime);
        return last;
    }

    /// @notice The first price: equity less a discount, but not below the floor; 0 if the equity is not positive.
    function openingPriceUp(Terms memory terms) internal pure returns (int256) {
        if (terms.equity <= 0) return 0;
        uint256 discount = uint256(int256(terms.equity)) * terms.discountBps / BPS;
        return int256(terms.equity) - int256(_min(discount, largestGainDown(terms)));
    }

    /// @notice The largest discount of the last price from the equity.
    function largestGainDown(Terms memory terms) internal pure returns (uint256) {
        return uint256(terms.requirement) * terms.gainBps / BPS;
    }

    /// @notice Whether the auction is over `elapsed` seconds after its start.
    function isOver(Terms memory terms, uint256 elapsed) internal pure returns (bool) {
        return elapsed > STAGES * terms.fallTime;
    }

    /// @dev Linear interpolation, rounded up, for from >= to and elapsed <= duration.
    function _interpolateUp(int256 from, int256 to, uint256 elapsed, uint256 duration) private pure returns (int256) {
        return from - int256(uint256(from - to) * elapsed / duration);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}

// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title What an account costs in an auction, as time goes by
/// @notice All amounts are in micro-quote. A negative price is what the winner is paid.
/// @dev Four stages of `fallTime` each. The price falls along a straight line in the first three and rests in the last:
///
///     from `openingPriceUp`   to max(floor, 0)    the account's own value
///     then                    to -fromFund        paid by the insurance fund
///     then                    to -fromCash more   paid by all holders of cash
///
/// where floor = equity - largestGain. So what a winner gains over the equity, and what others pay for that, is at most a
/// part of the margin requirement: the requirement is what closing the account out is expected to cost at worst.
///
/// Everything is rounded against the winner. For discountBps <= 10 000 and fallTime > 0 nothing overflows: the largest
/// gain is below 2^147, and its product with a time below 2^179.
library DutchAuction {
    /// @param equity What the account is worth
    /// @param requirement Its margin requirement
    /// @param discountBps What the first price is below the equity, in 1/10 000 of it
    /// @param gainBps What the last price is below the equity at most, in 1/10 000 of the requirement
    /// @param fallTime The seconds of a stage
    struct Terms {
        int128 equity;
        uint128 requirement;
        uint32 discountBps;
        uint32 gainBps;
        uint32 fallTime;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant STAGES = 4;

    /// @param elapsed Seconds since the auction began
    /// @param fundAvailable What the insurance fund has for this market
    /// @param cashAvailable What holders of cash may be asked for
    /// @return It never rises with `elapsed`, `fundAvailable` or `cashAvailable`
    function priceUp(Terms memory terms, uint256 elapsed, uint256 fundAvailable, uint256 cashAvailable)
        internal
        pure
        returns (int256)
    {
        int256 floor = int256(terms.equity) - int256(largestGainDown(terms));
        int256 own = floor > 0 ? floor : int256(0);
        uint256 fallTime = terms.fallTime;
        if (elapsed < fallTime) return _fallUp(openingPriceUp(terms), own, elapsed, fallTime);

        uint256 needed = uint256(own - floor);
        uint256 fromFund = _min(needed, fundAvailable);
        int256 price = own - int256(fromFund);
        if (elapsed < 2 * fallTime) return _fallUp(own, price, elapsed - fallTime, fallTime);

        uint256 fromCash = _min(needed - fromFund, cashAvailable);
        int256 last = price - int256(fromCash);
        if (elapsed < 3 * fallTime) return _fallUp(price, last, elapsed - 2 * fallTime, fallTime);
        return last;
    }

    /// @notice The first price: equity less a discount, but never below the floor; 0 if the equity is not positive.
    function openingPriceUp(Terms memory terms) internal pure returns (int256) {
        if (terms.equity <= 0) return 0;
        uint256 discount = uint256(int256(terms.equity)) * terms.discountBps / BPS;
        return int256(terms.equity) - int256(_min(discount, largestGainDown(terms)));
    }

    /// @notice What the last price may be below the equity.
    function largestGainDown(Terms memory terms) internal pure returns (uint256) {
        return uint256(terms.requirement) * terms.gainBps / BPS;
    }

    /// @notice Whether the auction is over, `elapsed` seconds after it began.
    function isOver(Terms memory terms, uint256 elapsed) internal pure returns (bool) {
        return elapsed > STAGES * terms.fallTime;
    }

    /// @dev For from >= to and elapsed <= duration.
    function _fallUp(int256 from, int256 to, uint256 elapsed, uint256 duration) private pure returns (int256) {
        return from - int256(uint256(from - to) * elapsed / duration);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}

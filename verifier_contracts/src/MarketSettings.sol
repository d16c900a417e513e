// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {ICollateralVault} from "./interfaces/ICollateralVault.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";
import {IMarginVerifier} from "./interfaces/IMarginVerifier.sol";
import {IOracleFeed} from "./interfaces/IOracleFeed.sol";
import {ITimelock} from "./interfaces/ITimelock.sol";
import {TransitionSignals} from "./libraries/TransitionSignals.sol";

/// @title The contracts and parameters of a market
/// @dev The contracts that hold funds or decide about health cannot be replaced: other contracts make another market.
abstract contract MarketSettings is IClearingHouse {
    /// @notice The minimum delay of the timelock, as Guardian.MIN_NOTICE: a holder who objects to a change has a day
    /// without a pause to leave before it.
    uint256 public constant MIN_NOTICE = 2 days;

    /// @inheritdoc IClearingHouse
    address public immutable vault;
    /// @inheritdoc IClearingHouse
    address public immutable feed;
    /// @inheritdoc IClearingHouse
    address public immutable marginVerifier;
    /// @inheritdoc IClearingHouse
    address public immutable transitionVerifier;
    /// @inheritdoc IClearingHouse
    address public immutable guardian;
    /// @inheritdoc IClearingHouse
    address public immutable insuranceFund;
    /// @inheritdoc IClearingHouse
    address public immutable timelock;
    /// @inheritdoc IClearingHouse
    uint256 public immutable silence;
    address private immutable _deployer = msg.sender;

    /// @inheritdoc IClearingHouse
    address public engine;
    /// @inheritdoc IClearingHouse
    address public venue;
    Parameters internal _parameters;

    modifier onlyEngine() {
        if (msg.sender != engine) revert NotEngine(msg.sender);
        _;
    }

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock(msg.sender);
        _;
    }

    /// @param contracts The contracts of the market
    /// @param venue_ The first venue
    /// @param parameters_ The first parameters
    constructor(Contracts memory contracts, address venue_, Parameters memory parameters_) {
        (vault, feed) = (_requireCode(contracts.vault), _requireCode(contracts.feed));
        marginVerifier = _requireCode(contracts.marginVerifier);
        transitionVerifier = _requireCode(contracts.transitionVerifier);
        guardian = _requireCode(contracts.guardian);
        insuranceFund = _requireCode(contracts.insuranceFund);
        timelock = _requireCode(contracts.timelock);

        address registry = IMarginVerifier(contracts.marginVerifier).registry();
        if (registry != contracts.feed) revert OtherRegistry(registry, contracts.feed);
        address cash = ICollateralVault(contracts.vault).assetOf(TransitionSignals.CASH).token;
        address quote = IInsuranceFund(contracts.insuranceFund).token();
        if (quote != cash) revert OtherQuoteToken(quote, cash);
        uint256 delay = ITimelock(contracts.timelock).getMinDelay();
        if (delay < MIN_NOTICE) revert NoticeTooShort(delay, MIN_NOTICE);

        silence = 7 days + IOracleFeed(contracts.feed).delay();
        _setVenue(venue_);
        _setParameters(parameters_);
    }

    /// @inheritdoc IClearingHouse
    function setEngine(address engine_) external {
        if (msg.sender != _deployer) revert NotDeployer(msg.sender);
        if (engine != address(0)) revert EngineAlreadySet(engine);
        // slither-disable-next-line missing-zero-check: there is no code at the zero address
        engine = _requireCode(engine_);
        emit EngineSet(engine_);
    }

    /// @inheritdoc IClearingHouse
    function setVenue(address venue_) external onlyTimelock {
        _setVenue(venue_);
    }

    /// @inheritdoc IClearingHouse
    function setParameters(Parameters calldata parameters_) external onlyTimelock {
        _setParameters(parameters_);
    }

    /// @inheritdoc IClearingHouse
    function parameters() external view returns (Parameters memory) {
        return _parameters;
    }

    function _setVenue(address venue_) private {
        venue = venue_;
        emit VenueSet(venue_);
    }

    /// @dev Upper bounds keep holders free to leave: the margin stays affordable, snapshots live long enough to prove
    /// with, and cool-downs leave gaps (half a breaker's period leaves the other half between two runs of trips). Lower
    /// bounds keep margin calls answerable.
    function _setParameters(Parameters memory p) private {
        _requireRange(0, p.initialBps, 10_000, 20_000);
        _requireRange(1, p.maxSnapshotAge, 1 minutes, 1 days);
        _requireRange(2, p.heartbeat, 1 hours, 30 days);
        _requireRange(3, p.grace, 30 minutes, 7 days);
        _requireRange(4, p.cooldown, 0, Math.min(6 hours, IOracleFeed(feed).breakerPeriod() / 2));
        _parameters = p;
        emit ParametersSet(p);
    }

    function _requireRange(uint256 index, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert ParameterOutOfRange(index, value, least, most);
    }

    function _requireCode(address account) private view returns (address) {
        if (account.code.length == 0) revert NotAContract(account);
        return account;
    }
}

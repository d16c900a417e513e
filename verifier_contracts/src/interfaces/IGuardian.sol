// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Pauses of bounded length, for emergencies
/// @notice One address, the *guardian*, may pause groups of functions (see the library PauseGroups) for a bounded time.
/// A pause ends by time alone. Afterwards the group cannot be paused again before its cool-down is over. So within any
/// `maxPause + cooldown` seconds, a group is paused for at most `maxPause`, even by a malicious guardian. A holder who
/// finds withdrawals paused waits at most `maxPause`, and then has at least `cooldown` to leave.
/// @dev The contracts that ask are *consumers*. They keep the same guardian contract forever, since another contract
/// would restart the cool-downs. The answers depend only on storage and time, so they cannot fail or be withheld.
interface IGuardian {
    /// @notice The limits of a group.
    /// @param maxPause The longest pause, in seconds; 0 if the group cannot be paused
    /// @param cooldown The shortest time from the end of a pause to the next one, in seconds
    struct Limits {
        uint64 maxPause;
        uint64 cooldown;
    }

    /// @notice The sender is not the guardian.
    error NotGuardian(address sender);
    /// @notice The sender is not the timelock.
    error NotTimelock(address sender);
    /// @notice The groups are none, unknown, or several where one is expected.
    error NoSuchGroup(uint256 groups);
    /// @notice The reason is empty.
    error NoReason();
    /// @notice The pause is longer than the group's limit, or zero.
    error PauseOutOfBounds(uint256 group, uint256 duration, uint256 maxPause);
    /// @notice The group is paused or in its cool-down.
    error CoolingDown(uint256 group, uint256 pausableFrom);
    /// @notice The group is not paused.
    error NotPaused(uint256 group);
    /// @notice The limits are weaker than the constant bounds.
    error LimitsOutOfBounds(uint256 group, uint256 maxPause, uint256 cooldown);
    /// @notice The address has no code.
    error NotAContract(address account);
    /// @notice The timelock's delay is shorter than the minimum notice to holders.
    error NoticeTooShort(uint256 delay, uint256 minNotice);

    /// @notice A group was paused, until `end` unless the pause is lifted earlier.
    event Paused(uint256 indexed group, uint256 end, string reason);
    /// @notice A pause was ended early.
    event Lifted(uint256 indexed group, string reason);
    /// @notice The limits of a group were set.
    event LimitsSet(uint256 indexed group, uint256 maxPause, uint256 cooldown, string reason);
    /// @notice The guardian was set; the zero address means that there is none.
    event GuardianSet(address indexed previous, address indexed guardian, string reason);

    /// @notice Pauses all groups in `groups` from now on, or none if one cannot be paused. Only for the guardian.
    /// @dev A running pause cannot be extended: pause for as long as may be needed, and lift early.
    /// @param groups Flags of PauseGroups
    /// @param duration The length in seconds, within the limit of each group
    /// @param reason A public reason, kept only in the event
    function pause(uint256 groups, uint256 duration, string calldata reason) external;

    /// @notice Ends the pauses of all groups in `groups` now. Only for the guardian.
    /// @dev A pause also ends by itself after its time. The cool-down runs from the actual end.
    /// @param groups Flags of PauseGroups
    /// @param reason A public reason, kept only in the event
    function lift(uint256 groups, string calldata reason) external;

    /// @notice Sets the limits of a group for later pauses, within `boundsOf`. Only for the timelock.
    /// @param group One flag of PauseGroups
    /// @param limits The limits
    /// @param reason A public reason, kept only in the event
    function setLimits(uint256 group, Limits calldata limits, string calldata reason) external;

    /// @notice Replaces the guardian. Only for the timelock.
    /// @dev Pauses and cool-downs belong to the groups and continue. The zero address abolishes pauses until another
    /// guardian is set.
    /// @param guardian_ The new guardian
    /// @param reason A public reason, kept only in the event
    function setGuardian(address guardian_, string calldata reason) external;

    /// @notice Whether any group in `groups` is paused now.
    /// @dev A consumer that takes on risk asks for TRADE | LIQUIDATE: no new risk while defaults cannot be liquidated.
    /// @param groups Flags of PauseGroups
    /// @return Whether at least one is paused
    function isPaused(uint256 groups) external view returns (bool);

    /// @notice The time for which a group was paused between `since` and now.
    /// @dev For deadlines that must not run during a pause: a grace period that began at `start` is over when
    /// block.timestamp - start - pausedSeconds(group, start) > grace. Once true, this stays true.
    /// @param group One flag of PauseGroups
    /// @param since In seconds since 1970
    /// @return In seconds; 0 if `since` is not in the past
    function pausedSeconds(uint256 group, uint256 since) external view returns (uint256);

    /// @notice The latest pause of a group, which covers `start <= t < end`.
    /// @param group One flag of PauseGroups
    /// @return start The start of the pause; 0 if there was none
    /// @return end The end of the pause; 0 if there was none
    function lastPause(uint256 group) external view returns (uint256 start, uint256 end);

    /// @notice The earliest time at which a group may be paused again.
    /// @param group One flag of PauseGroups
    /// @return In seconds since 1970; 0 if the group has never been paused
    function pausableFrom(uint256 group) external view returns (uint256);

    /// @notice The limits of a group.
    /// @param group One flag of PauseGroups
    /// @return The limits in force
    function limitsOf(uint256 group) external view returns (Limits memory);

    /// @notice The constant bounds of a group's limits: the longest pause and the shortest cool-down.
    /// @param group One flag of PauseGroups
    /// @return The bounds
    function boundsOf(uint256 group) external pure returns (Limits memory);

    /// @notice The guardian, which should be a wallet with several signers.
    /// @return Its address; the zero address if there is none
    function guardian() external view returns (address);

    /// @notice The timelock, OpenZeppelin's TimelockController, which changes guardian and limits.
    /// @return Its address
    function timelock() external view returns (address);
}

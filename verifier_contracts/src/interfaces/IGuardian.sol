// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Bounded pauses, for the day that the code did not foresee
/// @notice One address, the *guardian*, may stop groups of functions (see the library PauseGroups) for a bounded time.
/// A pause ends by time alone; after it the group cannot be paused again before its cool-down has passed. So in any
/// time of `maxPause + cooldown` a group is paused for at most `maxPause`, whoever the guardian is and whatever it
/// wants. A holder who finds withdrawals paused waits at most `maxPause`, and then has at least `cooldown` to leave.
/// @dev The contracts that ask are *consumers*. They keep the guardian's contract for good: with another contract the
/// cool-downs would begin anew. The answers depend on storage and time only, so they cannot fail and cannot be withheld.
interface IGuardian {
    /// @notice What holds for a group.
    /// @param maxPause How long a pause may be, in seconds; 0 where the group cannot be paused
    /// @param cooldown How long after the end of a pause the next one may begin at the earliest, in seconds
    struct Limits {
        uint64 maxPause;
        uint64 cooldown;
    }

    /// @notice The sender is not the guardian.
    error NotGuardian(address sender);
    /// @notice The sender is not the timelock.
    error NotTimelock(address sender);
    /// @notice There is no such group, none at all, or more than one where one is asked for.
    error NoSuchGroup(uint256 groups);
    /// @notice An action needs a reason.
    error NoReason();
    /// @notice The pause is longer than the group's limit, or has no length.
    error PauseOutOfBounds(uint256 group, uint256 duration, uint256 maxPause);
    /// @notice The group is paused, or was until too short a while ago.
    error CoolingDown(uint256 group, uint256 pausableFrom);
    /// @notice The group is not paused.
    error NotPaused(uint256 group);
    /// @notice The limits are weaker than the bounds that hold for everybody.
    error LimitsOutOfBounds(uint256 group, uint256 maxPause, uint256 cooldown);
    /// @notice The address has no code.
    error NotAContract(address account);
    /// @notice The timelock's delay is shorter than the notice that holders are promised.
    error NoticeTooShort(uint256 delay, uint256 minNotice);

    /// @notice A group was paused, until `end` unless the pause is lifted earlier.
    event Paused(uint256 indexed group, uint256 end, string reason);
    /// @notice A pause was ended before its time.
    event Lifted(uint256 indexed group, string reason);
    /// @notice A group's limits were set.
    event LimitsSet(uint256 indexed group, uint256 maxPause, uint256 cooldown, string reason);
    /// @notice Another guardian was appointed, or none: the zero address.
    event GuardianSet(address indexed previous, address indexed guardian, string reason);

    /// @notice Pauses every group in `groups` from now on, or none of them. Only for the guardian.
    /// @dev A running pause cannot be made longer: ask for the time that may be needed, and lift early.
    /// @param groups Any flags of PauseGroups together
    /// @param duration In seconds; within the limit of each of the groups
    /// @param reason For everybody to read, kept in the event alone
    function pause(uint256 groups, uint256 duration, string calldata reason) external;

    /// @notice Ends the pauses of every group in `groups` now. Only for the guardian.
    /// @dev After its time a pause has ended without anybody's doing. The cool-down counts from the actual end.
    function lift(uint256 groups, string calldata reason) external;

    /// @notice Sets a group's limits, for pauses from now on. Only for the timelock, and within `boundsOf`.
    function setLimits(uint256 group, Limits calldata limits, string calldata reason) external;

    /// @notice Appoints another guardian. Only for the timelock.
    /// @dev Pauses and cool-downs belong to the groups, so they go on. The zero address gives the power up.
    function setGuardian(address guardian_, string calldata reason) external;

    /// @notice Whether any group in `groups` is paused now.
    /// @dev Whoever takes on risk asks for TRADE | LIQUIDATE: no new risk while defaults cannot be closed out.
    function isPaused(uint256 groups) external view returns (bool);

    /// @notice For how many seconds a group was paused between a moment and now; 0 if the moment is not past.
    /// @dev For deadlines that must not run out meanwhile: something that began at `start` and has `grace` seconds is
    /// over when block.timestamp - start - pausedSeconds(group, start) > grace. That never goes back to being false.
    /// @param group One flag of PauseGroups
    /// @param since In seconds since 1970
    function pausedSeconds(uint256 group, uint256 since) external view returns (uint256);

    /// @notice The latest pause of a group: it is or was paused at `start <= t < end`. Zeros if there was none.
    function lastPause(uint256 group) external view returns (uint256 start, uint256 end);

    /// @notice The earliest moment at which a group may be paused again; 0 if it never was.
    function pausableFrom(uint256 group) external view returns (uint256);

    /// @notice A group's limits.
    function limitsOf(uint256 group) external view returns (Limits memory);

    /// @notice The longest pause and the shortest cool-down that a group can ever have; constants.
    function boundsOf(uint256 group) external pure returns (Limits memory);

    /// @notice Who may pause: a wallet of several signers.
    function guardian() external view returns (address);

    /// @notice Who may change guardian and limits: OpenZeppelin's TimelockController.
    function timelock() external view returns (address);
}
